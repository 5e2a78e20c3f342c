// The times at which a kept answer becomes another thing, to the second on both sides. These
// tests look inside the package, since a request would take a time of its own.

package middleware

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func at(seconds int) cacheTime { return cacheTime{time.Duration(seconds) * time.Second, true} }

func TestAKeptAnswerIsUsedToTheSecond(t *testing.T) {
	came := time.Now()
	for _, row := range []struct {
		name             string
		record           CacheRecord
		wants            cacheControl
		fresh, meanwhile int // the last seconds of each; the record is 10 seconds old when it comes
	}{
		{"fresh for a minute", CacheRecord{Fresh: 60 * time.Second}, cacheControl{}, 49, 49},
		{"and then while it is asked for", CacheRecord{Fresh: 60 * time.Second, WhileRevalidate: 30 * time.Second}, cacheControl{}, 49, 80},
		{"the request wants it younger", CacheRecord{Fresh: 60 * time.Second}, cacheControl{maxAge: at(20)}, 10, 10},
		{"the request wants it for longer", CacheRecord{Fresh: 60 * time.Second}, cacheControl{minFresh: at(20)}, 30, 30},
		{"the request takes it stale", CacheRecord{Fresh: 60 * time.Second}, cacheControl{maxStale: at(20)}, 70, 70},
		{"but the answer forbids that", CacheRecord{Fresh: 60 * time.Second, NoStale: true}, cacheControl{maxStale: at(20)}, 49, 49},
		{"the answer is to be asked for", CacheRecord{Fresh: 60 * time.Second, NoCache: true}, cacheControl{}, -1, -1},
		{"the request wants it anew", CacheRecord{Fresh: 60 * time.Second}, cacheControl{noCache: true}, -1, -1},
	} {
		row.record.Came, row.record.Age = came, 10*time.Second
		for second := range 100 {
			want := isMissing
			if second <= row.fresh {
				want = isFresh
			} else if second <= row.meanwhile {
				want = isStaleMeanwhile
			}
			assert.Equal(t, want, row.record.judge(&row.wants, came.Add(time.Duration(second)*time.Second)), "%s: second %d", row.name, second)
		}
	}
	assert.Equal(t, isMissing, (*CacheRecord)(nil).judge(&cacheControl{}, came))
}

func TestAKeptAnswerReplacesErrorsToTheSecond(t *testing.T) {
	came := time.Now()
	kept := &CacheRecord{Came: came, Fresh: 60 * time.Second, IfError: 30 * time.Second}
	last, late := came.Add(90*time.Second), came.Add(91*time.Second)
	assert.True(t, kept.replacesError(500, last))
	assert.True(t, kept.replacesError(503, last))
	assert.False(t, kept.replacesError(499, last))
	assert.False(t, kept.replacesError(500, late))
	assert.False(t, (&CacheRecord{Came: came, Fresh: 60 * time.Second}).replacesError(500, came.Add(60*time.Second)), "it did not say so")
	assert.False(t, (&CacheRecord{Came: came, Fresh: 60 * time.Second, IfError: 30 * time.Second, NoCache: true}).replacesError(500, came))
	assert.False(t, (*CacheRecord)(nil).replacesError(500, came))
}

func TestA304ChangesTheHeaderOfAKeptAnswer(t *testing.T) {
	kept := &CacheRecord{Header: http.Header{
		"Etag": {`W/"1"`}, "Age": {"7"}, "Date": {"then"}, "Vary": {"Accept"}, "Content-Length": {"3"}, "X-Old": {"kept"}, "X-Both": {"old"},
	}}
	h, ok := kept.updated(http.Header{
		"Etag": {`"1"`}, "Date": {"now"}, "Vary": {"Cookie"}, "Content-Length": {"0"}, "X-New": {"new"}, "X-Both": {"new"}, "X-None": {},
	})
	assert.True(t, ok)
	assert.Equal(t, http.Header{
		"Etag": {`W/"1"`}, "Date": {"now"}, "Vary": {"Accept", "Cookie"}, "Content-Length": {"3"}, "X-Old": {"kept"}, "X-Both": {"new"}, "X-New": {"new"},
	}, h)
	assert.Equal(t, "7", kept.Header.Get("Age"), "the record itself stays as it is")
	_, ok = kept.updated(http.Header{"Etag": {`"2"`}})
	assert.False(t, ok, "of another version")
}

func TestARecordThatCouldNeverBeUsedIsOfNoUse(t *testing.T) {
	now := time.Now()
	for name, row := range map[string]struct {
		header http.Header
		cc     string
		useful bool
	}{
		"fresh":                          {http.Header{}, "max-age=60", true},
		"stale when it comes":            {http.Header{"Age": {"60"}}, "max-age=60", true}, // for who takes it stale
		"and nobody may have it":         {http.Header{"Age": {"60"}}, "max-age=60, must-revalidate", false},
		"and nobody may have it, shared": {http.Header{"Age": {"60"}}, "s-maxage=60", false},
		"but in place of an error":       {http.Header{"Age": {"60"}}, "s-maxage=60, stale-if-error=9", true},
		"but while it is asked for":      {http.Header{"Age": {"60"}}, "s-maxage=60, stale-while-revalidate=9", true},
		"never fresh":                    {http.Header{}, "max-age=0", false},
		"to be asked for":                {http.Header{}, "no-cache, max-age=60", false},
		"to be asked for, by a tag":      {http.Header{"Etag": {`"1"`}}, "no-cache", true},
		"by a time":                      {http.Header{"Last-Modified": {"Mon, 01 Jan 2001 00:00:00 GMT"}}, "no-cache", true},
		"without a time":                 {http.Header{}, "public", false},
	} {
		cc := readCacheControl([]string{row.cc})
		_, useful := newRecord(http.StatusOK, row.header, &cc, now, now)
		assert.Equal(t, row.useful, useful, name)
	}
}

func TestA304SaysNothingOfTheBody(t *testing.T) {
	r := CacheRecord{Header: http.Header{"Etag": {`W/"1"`}, "X": {"old"}, "Age": {"7"}}}
	for name := range notUpdated {
		if name == "Etag" {
			continue
		}
		h, ok := r.updated(http.Header{name: {"new"}, "X": {"new"}})
		assert.True(t, ok)
		assert.Equal(t, http.Header{"Etag": {`W/"1"`}, "X": {"new"}}, h, name)
	}
	h, ok := r.updated(http.Header{"Etag": {`"1"`}})
	assert.True(t, ok)
	assert.Equal(t, `W/"1"`, h.Get("Etag"))
	_, ok = r.updated(http.Header{"Etag": {`"2"`}})
	assert.False(t, ok, "it is another version")
	for _, name := range []string{"Content-Encoding", "Content-Length", "Content-Md5", "Content-Range", "Etag"} {
		assert.True(t, notUpdated[name], name)
	}
}

func TestWhatBelongsToAConnectionIsNotKept(t *testing.T) {
	h := http.Header{"Content-Length": {"3"}, "Connection": {"X-Hop"}, "X-Hop": {"1"}, "Proxy-Authentication-Info": {"a"}, "X": {"1"}}
	assert.Equal(t, http.Header{"X": {"1"}, "Gone": nil}, kept(h, outsideHeader{values: http.Header{"Gone": {"1"}}}))
}

func TestTheSizeOfARecord(t *testing.T) {
	r := CacheRecord{Body: make([]byte, 1, 100), Header: http.Header{"Abc": {"12", "345"}}, Vary: []string{"Accept"}}
	assert.Equal(t, recordOverhead+100+(3+64)+(2+16)+(3+16)+(6+16), r.size())

	store, key := NewMemoryCache(2*r.size(), 0), CacheKey{}
	assert.NoError(t, store.Put(t.Context(), key, key, &r, time.Minute))
	held, err := store.Get(t.Context(), key, key)
	assert.NoError(t, err)
	assert.Same(t, &r, held, "it takes half of the store, and not more")
}

func TestAnswersAreToldApartByAsManyHeadersAsOneMayName(t *testing.T) {
	names := strings.Split(strings.Repeat("A", maxVary+1), "")
	for i := range names {
		names[i] += strconv.Itoa(10 + i)
	}
	assert.Equal(t, names[:maxVary], mergeVary(names[1:maxVary], names[:2]))
	assert.Equal(t, names[:2], mergeVary(names[1:], names[:2]), "one too many")
}
