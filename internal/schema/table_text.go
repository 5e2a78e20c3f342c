package schema

// Rules of strings. A pattern is the validator's, in the words that ECMA-262 and RE2 share
// and without what a backtracking engine takes long for; where the validator does more than
// match, it is a wider one.

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

const (
	label     = `[a-zA-Z0-9][a-zA-Z0-9-]{0,62}`
	hex4      = `[0-9a-f]{4}-`
	anyHex4   = `[0-9a-fA-F]{4}-`
	hex8      = `^[0-9a-f]{8}-`
	anyHex8   = `^[0-9a-fA-F]{8}-`
	hex12     = `[0-9a-f]{12}$`
	anyHex12  = `[0-9a-fA-F]{12}$`
	space     = `[\t\n\f\r ]*`
	comma     = space + `,` + space
	byteValue = `(?:0|[1-9][0-9]?|1[0-9][0-9]?|2[0-4][0-9]|25[0-5])`
	percents  = `(?:0|[1-9][0-9]?|100)%`
	degrees   = `(?:0|[1-9][0-9]?|[12][0-9][0-9]|3[0-5][0-9]|360)`
	rgbValues = `(?:` + byteValue + comma + byteValue + comma + byteValue + `|` + byteValue + `%` + comma + byteValue + `%` + comma + byteValue + `%)`
	alphaPart = comma + `(?:0[^\n][1-9]*|[01])` + space + `\)$`
	cmykValue = `(100|[1-9]?[0-9])%`
	identPart = `(?:0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)`
)

// exact are the rules that a pattern says all of.
var exact = map[string]string{
	"alpha": `^[a-zA-Z]+$`, "alphaspace": `^[a-zA-Z ]+$`, "alphanum": `^[a-zA-Z0-9]+$`, "alphanumspace": `^[a-zA-Z0-9 ]+$`,
	"alphaunicode": `^\p{L}+$`, "alphanumunicode": `^[\p{L}\p{N}]+$`,
	"hexadecimal": `^(0[xX])?[0-9a-fA-F]+$`, "hexcolor": `^#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})$`,
	"rgb": `^rgb\(` + space + rgbValues + space + `\)$`, "rgba": `^rgba\(` + space + rgbValues + alphaPart,
	"hsl":           `^hsl\(` + space + degrees + comma + percents + comma + percents + space + `\)$`,
	"hsla":          `^hsla\(` + space + degrees + comma + percents + comma + percents + alphaPart,
	"cmyk":          `^cmyk\(` + cmykValue + comma + cmykValue + comma + cmykValue + comma + cmykValue + `\)$`,
	"e164":          `^\+?[1-9][0-9]{7,14}$`,
	"base32":        `^(?:[A-Z2-7]{8})*(?:[A-Z2-7]{2}={6}|[A-Z2-7]{4}={4}|[A-Z2-7]{5}={3}|[A-Z2-7]{7}=|[A-Z2-7]{8})$`,
	"base64":        `^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$`,
	"base64url":     `^(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-]{2}==|[A-Za-z0-9_-]{3}=|[A-Za-z0-9_-]{4})$`,
	"base64rawurl":  `^(?:[A-Za-z0-9_-]{4})*[A-Za-z0-9_-]{2,4}$`,
	"uuid":          hex8 + hex4 + hex4 + hex4 + hex12,
	"uuid3":         hex8 + hex4 + `3[0-9a-f]{3}-` + hex4 + hex12,
	"uuid4":         hex8 + hex4 + `4[0-9a-f]{3}-[89ab][0-9a-f]{3}-` + hex12,
	"uuid5":         hex8 + hex4 + `5[0-9a-f]{3}-[89ab][0-9a-f]{3}-` + hex12,
	"uuid_rfc4122":  anyHex8 + anyHex4 + anyHex4 + anyHex4 + anyHex12,
	"uuid3_rfc4122": anyHex8 + anyHex4 + `3[0-9a-fA-F]{3}-` + anyHex4 + anyHex12,
	"uuid4_rfc4122": anyHex8 + anyHex4 + `4[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-` + anyHex12,
	"uuid5_rfc4122": anyHex8 + anyHex4 + `5[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-` + anyHex12,
	"ulid":          "^[A-HJKMNP-TV-Za-hjkmnp-tv-z0-9\u017f\u212a]{26}$",
	"md4":           `^[0-9a-f]{32}$`, "md5": `^[0-9a-f]{32}$`, "ripemd128": `^[0-9a-f]{32}$`, "tiger128": `^[0-9a-f]{32}$`,
	"ripemd160": `^[0-9a-f]{40}$`, "tiger160": `^[0-9a-f]{40}$`, "tiger192": `^[0-9a-f]{48}$`,
	"sha256": `^[0-9a-f]{64}$`, "sha384": `^[0-9a-f]{96}$`, "sha512": `^[0-9a-f]{128}$`,
	"eth_addr": `^0x[0-9a-fA-F]{40}$`,
	"ascii":    `^[\x00-\x7F]*$`, "printascii": `^[ -~]*$`, "multibyte": `^$|[^\x00-\x7F]`,
	"ssn":               `^[0-9]{3}(?:[ -](0[1-9]|[1-9][0-9])[ -])([1-9][0-9]{3}|[0-9][1-9][0-9]{2}|[0-9]{2}[1-9][0-9]|[0-9]{3}[1-9])$`,
	"ein":               `^[0-9]{2}-[0-9]{7}$`,
	"hostname":          `^[a-zA-Z]([a-zA-Z0-9-]+\.)*[a-zA-Z0-9-]*[a-zA-Z0-9]$`,
	"hostname_rfc1123":  `^` + label + `(\.` + label + `)*$`,
	"fqdn":              `^` + label + `(\.` + label + `)*\.[a-zA-Z][a-zA-Z0-9-]{0,62}\.?$`,
	"url_encoded":       `^(?:[^%]|%[0-9A-Fa-f]{2})*$`,
	"html_encoded":      `&#x?[0-9a-fA-F]{2}|&gt|&lt|&quot|&amp`,
	"html":              `</?[a-zA-Z]+[^\n]*>`,
	"jwt":               `^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$`,
	"bic_iso_9362_2014": `^[A-Za-z]{6}[A-Za-z0-9]{2}([A-Za-z0-9]{3})?$`,
	"bic":               `^[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?$`,
	"semver":            `^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(?:-` + identPart + `(?:\.` + identPart + `)*)?(?:\+[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*)?$`,
	"dns_rfc1035_label": `^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`,
	"cve":               `^CVE-(1999|2[0-9]{3})-(0[^0][0-9]{2}|0[0-9][^0][0-9]|0[0-9]{2}[^0]|[1-9][0-9]{3,})$`,
	"mongodb":           `^[a-f0-9]{24}$`,
}

// wide are the rules of which a pattern says less, with values that keep them.
var wide = map[string]struct {
	pattern, format string
	samples         string // separated by spaces, or by "|" if it has one
}{
	"email":                     {`^[^@]+@|@[^@]+$`, "email", "jane.doe@example.com a@b.co"},
	"url":                       {`^[^:]+:`, "uri", "https://example.com/a?b=c ftp://example.org"},
	"http_url":                  {`^[hH][tT][tT][pP][sS]?:`, "uri", "https://example.com/ http://example.org/a"},
	"https_url":                 {`^[hH][tT][tT][pP][sS]:`, "uri", "https://example.com/ https://example.org/a"},
	"uri":                       {`^[^#]`, "uri-reference", "https://example.com/ /path"},
	"urn_rfc2141":               {`^[uU][rR][nN]:`, "uri", "urn:isbn:0451450523"},
	"ip":                        {`[.:]`, "ip", "192.0.2.1 2001:db8::1"},
	"ipv4":                      {`^([0-9]{1,3}\.){3}[0-9]{1,3}$|:`, "ipv4", "192.0.2.1 10.0.0.255"},
	"ipv6":                      {`:`, "ipv6", "2001:db8::1 ::1"},
	"cidr":                      {`/[0-9]{1,3}$`, "cidr", "192.0.2.0/24 2001:db8::/32"},
	"cidrv4":                    {`/[0-9]{1,3}$`, "cidr", "192.0.2.0/24 10.0.0.0/8"},
	"cidrv6":                    {`/[0-9]{1,3}$`, "cidr", "2001:db8::/32"},
	"ip_addr":                   {`[.:]`, "ip", "192.0.2.1 2001:db8::1"},
	"ip4_addr":                  {`[.:]`, "ipv4", "192.0.2.1"},
	"ip6_addr":                  {`:`, "ipv6", "2001:db8::1"},
	"tcp_addr":                  {`:`, "", "192.0.2.1:80 [2001:db8::1]:80"},
	"tcp4_addr":                 {`:`, "", "192.0.2.1:80"},
	"tcp6_addr":                 {`:`, "", "[2001:db8::1]:80"},
	"udp_addr":                  {`:`, "", "192.0.2.1:80"},
	"udp4_addr":                 {`:`, "", "192.0.2.1:80"},
	"udp6_addr":                 {`:`, "", "[2001:db8::1]:80"},
	"unix_addr":                 {``, "", "/run/a.sock"},
	"mac":                       {`^[0-9a-fA-F.:-]{14,}$`, "", "00:00:5e:00:53:01 00-00-5E-00-53-01"},
	"hostname_port":             {`:\+?[0-9]+$`, "", "example.com:80 :8080"},
	"isbn":                      {`^[0-9X -]{10,21}$`, "", "0-306-40615-2 978-3-16-148410-0"},
	"isbn10":                    {`^[0-9X -]{10,16}$`, "", "0-306-40615-2 0306406152"},
	"isbn13":                    {`^[0-9 -]{13,21}$`, "", "978-3-16-148410-0 9783161484100"},
	"issn":                      {`^[0-9]{4}-[0-9]{3}[0-9X]$`, "", "0317-8471"},
	"credit_card":               {`^[0-9 ]{12,}$`, "", "4242424242424242"},
	"luhn_checksum":             {`^[0-9]{2,}$`, "", "79927398713 18"},
	"btc_addr":                  {`^[13][a-km-zA-HJ-NP-Z1-9]{25,34}$`, "", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"},
	"btc_addr_bech32":           {`^(BC1[02-9AC-HJ-NP-Z]{7,76}|bc1[02-9ac-hj-np-z]{7,76})$`, "", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"},
	"eth_addr_checksum":         {`^0x[0-9a-fA-F]{40}$`, "", "0x52908400098527886E0F7030069857D2E4169EE7"},
	"datauri":                   {`^data:[^,]*,`, "uri", "data:text/plain;base64,SGVsbG8="},
	"json":                      {`^[\t\n\r -~]`, "", `{} [1] null`},
	"lowercase":                 {`^[^A-Z]+$`, "", "abc a1"},
	"uppercase":                 {`^[^a-z]+$`, "", "ABC A1"},
	"timezone":                  {`^[^.]`, "", "UTC Europe/Berlin"},
	"bcp47_language_tag":        {``, "", "en de-CH"},
	"iso3166_1_alpha2":          {`^[A-Z]{2}$`, "", "DE US"},
	"iso3166_1_alpha2_eu":       {`^[A-Z]{2}$`, "", "DE FR"},
	"iso3166_1_alpha3":          {`^[A-Z]{3}$`, "", "DEU USA"},
	"iso3166_1_alpha3_eu":       {`^[A-Z]{3}$`, "", "DEU FRA"},
	"iso3166_2":                 {`^[A-Z]{2}-[A-Z0-9]{1,3}$`, "", "DE-BE US-CA"},
	"iso4217":                   {`^[A-Z]{3}$`, "", "EUR USD"},
	"postcode_iso3166_alpha2":   {``, "", ""},
	"mongodb_connection_string": {`^mongodb(\+srv)?://`, "uri", "mongodb://localhost:27017"},
	"cron":                      {`[@0-9*]`, "", "@daily|0 0 * * *"},
	"spicedb":                   {``, "", "document:doc abc"},
	"file":                      {``, "", "/etc/hosts"},
	"filepath":                  {`[^/]$`, "", "/tmp/a.txt"},
	"dir":                       {``, "", "/"},
	"dirpath":                   {``, "", "/tmp/"},
	"image":                     {``, "", ""},
	"uds_exists":                {`^[^\n]`, "", ""},
	"validateFn":                {``, "", ""},
}

// numeral are the rules for text that say nothing of a number, which keeps them or has a
// check of its own.
var numeral = map[string]string{
	"numeric": `^[-+]?[0-9]+(?:\.[0-9]+)?$`, "number": `^[0-9]+$`,
	"iso3166_1_alpha_numeric": `^[-+]?[0-9]+$`, "iso3166_1_alpha_numeric_eu": `^[-+]?[0-9]+$`,
}

// literals are the rules whose parameter is a text. %s stands for it, as a pattern, or as
// a class of characters.
var literals = map[string]struct {
	pattern string
	not     bool
	quote   func(string) string
}{
	"contains": {"%s", false, regexp.QuoteMeta}, "excludes": {"%s", true, regexp.QuoteMeta},
	"startswith": {"^%s", false, regexp.QuoteMeta}, "startsnotwith": {"^%s", true, regexp.QuoteMeta},
	"endswith": {"%s$", false, regexp.QuoteMeta}, "endsnotwith": {"%s$", true, regexp.QuoteMeta},
	"containsany": {"%s", false, classOfAny}, "excludesall": {"%s", true, classOfAny},
	"containsrune": {"%s", false, firstRune}, "excludesrune": {"%s", true, firstRune},
	"eq_ignore_case": {"^%s$", false, folded}, "ne_ignore_case": {"^%s$", true, folded}, "oneofci": {"^(%s)$", false, anyFolded},
}

func textRules() map[string]rule {
	rules := map[string]rule{"datetime": {on: isText, inexact: "whether it is a date needs a calendar", apply: datetime}}
	for name, pattern := range exact {
		s := Schema{Pattern: pattern}
		if strings.HasPrefix(name, "uuid") {
			s.Format = "uuid"
		}
		rules[name] = rule{on: isText, apply: says(s)}
	}
	for name, w := range wide {
		separator := " "
		if strings.Contains(w.samples, "|") {
			separator = "|"
		}
		s := Schema{Pattern: w.pattern, Format: w.format, samples: strings.Split(w.samples, separator)}
		rules[name] = rule{on: isText, inexact: "the validator does more than match a pattern", apply: says(s)}
	}
	for name, pattern := range numeral {
		r := rule{on: isText | isNumber, apply: func(c *call) string {
			if c.class == isText {
				c.Pattern = pattern
			}
			if strings.HasPrefix(name, "iso") {
				c.samples = []string{"276", "380"}
			}
			return ""
		}}
		if strings.HasPrefix(name, "iso") {
			r.inexact = "it is a list of codes"
		}
		rules[name] = r
	}
	rules["iso4217_numeric"] = rule{on: isInteger, inexact: "it is a list of codes", apply: says(Schema{Minimum: "8", Maximum: "999"})}
	for name, l := range literals {
		rules[name] = rule{on: isText, apply: func(c *call) string {
			text := l.quote(c.param)
			class := l.quote("a") != "a" // no text is one of no characters, and any begins with no text
			s := Schema{Pattern: fmt.Sprintf(l.pattern, text)}
			switch {
			case text != "" || strings.HasSuffix(name, "ignore_case"):
			case l.not == class:
				return ""
			default:
				return "has no parameter, and refuses every value: write the text behind it, as in contains=a"
			}
			if l.not {
				c.Not = &s
			} else {
				*c.Schema = s
			}
			return ""
		}}
	}
	onNumbers(rules, "luhn_checksum", isInteger)
	onNumbers(rules, "json", isBytes)
	return rules
}

// onNumbers has a rule of strings be one of other classes, of which it says nothing.
func onNumbers(rules map[string]rule, name string, also class) {
	r := rules[name]
	ofText := r.apply
	r.on |= also
	r.apply = func(c *call) string {
		if c.class == isText {
			return ofText(c)
		}
		return ""
	}
	rules[name] = r
}

func classOfAny(chars string) string {
	var class strings.Builder
	for _, r := range chars {
		if strings.ContainsRune(`\]^-[`, r) {
			class.WriteByte('\\')
		}
		class.WriteRune(r)
	}
	if class.Len() == 0 {
		return ""
	}
	return "[" + class.String() + "]"
}

func firstRune(text string) string {
	r, _ := utf8.DecodeRuneInString(text)
	return regexp.QuoteMeta(string(r))
}

// folded is a pattern of what strings.EqualFold calls equal.
func folded(text string) string {
	var pattern strings.Builder
	for _, r := range text {
		chars := string(r)
		for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
			chars += string(other)
		}
		if utf8.RuneCountInString(chars) == 1 {
			pattern.WriteString(regexp.QuoteMeta(chars))
		} else {
			pattern.WriteString("[" + chars + "]")
		}
	}
	return pattern.String()
}

func anyFolded(text string) string {
	var all []string
	for _, word := range params(text) {
		all = append(all, folded(word))
	}
	return strings.Join(all, "|")
}

// datetime is a layout of package time.
func datetime(c *call) string {
	now := time.Date(2026, 11, 26, 15, 4, 5, 0, time.UTC)
	c.samples = []string{now.Format(c.param), now.Add(-1234567 * time.Second).Format(c.param)}
	switch c.param {
	case time.DateOnly:
		c.Format, c.Pattern = "date", `^[0-9]{4}-[0-9]{2}-[0-9]{2}$`
	case time.RFC3339, time.RFC3339Nano:
		c.Format, c.Pattern = "date-time", `^[0-9]{4}-[0-9]{2}-[0-9]{2}T`
	case "":
	default:
		c.Pattern = `^[^\n]` // no layout but the empty one parses the empty text
	}
	return ""
}
