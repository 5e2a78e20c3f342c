package schema_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/internal/schema"
	"github.com/go-playground/validator/v10"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// controls are the names in a tag that are not rules of a value.
var controls = []string{"omitempty", "omitnil", "omitzero", "structonly", "nostructlevel", "dive", "keys", "endkeys"}

// TestEveryRuleOfTheValidatorIsKnown reads the validator's own table.
func TestEveryRuleOfTheValidatorIsKnown(t *testing.T) {
	pc := reflect.ValueOf(validator.New).Pointer()
	file, _ := runtime.FuncForPC(pc).FileLine(pc)
	source, err := os.ReadFile(strings.TrimSuffix(file, "validator_instance.go") + "baked_in.go")
	if err != nil {
		t.Skip("the validator's source is not there")
	}
	rules := schema.Rules()
	names := regexp.MustCompile(`(?m)^\t\t"([a-zA-Z0-9_]+)": +(is|has|required|excluded|skip|contains|excludes|starts|ends|field)`).FindAllSubmatch(source, -1)
	require.Greater(t, len(names), 150, "the table is not where it was")
	for _, name := range names {
		assert.Contains(t, rules, string(name[1]))
	}
}

// TestThePageNamesEveryRule holds docs/adr/0022 to the table.
func TestThePageNamesEveryRule(t *testing.T) {
	page, err := os.ReadFile("../../docs/adr/0022-rules-and-schemas.md")
	require.NoError(t, err)
	exact, inexact, found := strings.Cut(string(page), "## Inexact rules")
	require.True(t, found)
	for _, name := range schema.Rules() {
		part := exact
		if schema.IsInexact(name) {
			part = inexact
		}
		assert.Contains(t, part, "`"+name+"`", "exact: %v", !schema.IsInexact(name))
	}
	for _, name := range controls {
		assert.Contains(t, string(page), "`"+name+"`")
	}
}

// textsFor makes texts that match a pattern, and some that are a little off.
func textsFor(t *testing.T, pattern string, rnd *rand.Rand) (texts []string) {
	texts = []string{"", "a", "\n", "a\n", " ", "\u2028", "\u212a", "ſ", "é", "水", "1", "-1", "a-b", "A_b", "%", "@", "\t", "\v", "\u00a0", "𝐀"}
	r := schema.New()
	s := &schema.Schema{Type: schema.Types{"string"}, Pattern: pattern}
	for range 30 {
		v, err := r.Valid(s, rnd)
		if err != nil {
			continue
		}
		text := v.(string)
		chars := []rune(text)
		texts = append(texts, text, text+"\n", " "+text, text+text, strings.ToUpper(text))
		if len(chars) > 0 {
			at := rnd.IntN(len(chars))
			texts = append(texts, string(chars[:at])+string(chars[at+1:]), string(chars[:at])+"é"+string(chars[at:]))
		}
	}
	return texts
}

// TestExactPatternsAreTheValidators asks the validator about texts near each pattern.
func TestExactPatternsAreTheValidators(t *testing.T) {
	v := binding.Validator.Engine().(*validator.Validate)
	rnd := rand.New(rand.NewPCG(1, 2))
	for name, pattern := range schema.Exact() {
		t.Run(name, func(t *testing.T) {
			matched := 0
			for _, text := range textsFor(t, pattern, rnd) {
				matches := regexp.MustCompile(pattern).MatchString(text)
				matched += btoi(matches)
				assert.Equal(t, v.Var(text, name) == nil, matches, "%q", text)
			}
			assert.NotZero(t, matched, "no text matches")
		})
	}
}

// TestPatternsMeanTheSameToECMAScript has Node.js match what package regexp matches.
func TestPatternsMeanTheSameToECMAScript(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not on this machine")
	}
	type question struct {
		Pattern string
		Texts   []string
		Matches []bool
	}
	rnd := rand.New(rand.NewPCG(3, 4))
	var questions []question
	for _, pattern := range schema.Patterns() {
		q := question{Pattern: pattern, Texts: textsFor(t, pattern, rnd)}
		for _, text := range q.Texts {
			q.Matches = append(q.Matches, regexp.MustCompile(pattern).MatchString(text))
		}
		questions = append(questions, q)
	}
	input, err := json.Marshal(questions)
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), node, "-e", `
		let text = ""; process.stdin.on("data", c => text += c).on("end", () => {
			for (const q of JSON.parse(text)) q.Texts.forEach((t, i) => {
				let m; try { m = new RegExp(q.Pattern, "u").test(t) } catch (e) { m = String(e) }
				if (m !== q.Matches[i]) console.log(JSON.stringify([q.Pattern, t, m]));
			})
		})`)
	cmd.Stdin = bytes.NewReader(input)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	assert.Empty(t, string(out), "pattern, text, what ECMAScript says")
}

// TestInexactRulesHaveValues: of what a pattern says less, the values that tests are made of
// keep the rule.
func TestInexactRulesHaveValues(t *testing.T) {
	none := []string{"postcode_iso3166_alpha2", "image", "uds_exists", "validateFn"} // of a country, a file, a method
	rnd := rand.New(rand.NewPCG(5, 6))
	v := binding.Validator.Engine().(*validator.Validate)
	for _, name := range schema.Rules() {
		if !schema.IsInexact(name) || strings.HasSuffix(name, "field") || strings.HasPrefix(name, "field") || name == "iso4217_numeric" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			r := schema.New()
			s, err := r.Of(field(reflect.TypeFor[string](), name), schema.Input)
			require.NoError(t, err)
			require.Len(t, r.Notes(), 1)
			sample, err := r.Valid(s.Properties.Get("f"), rnd)
			if slices.Contains(none, name) {
				assert.ErrorIs(t, err, schema.ErrNoSample)
				return
			}
			require.NoError(t, err)
			assert.NoError(t, v.Var(sample, name))
		})
	}
}
