// README.zh.md says what README.md says: the same headings at the same levels, the same
// programs and commands, and each page leads to the other.

package dram_test

import (
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheReadmeAndItsTranslation(t *testing.T) {
	fences, headings := regexp.MustCompile("(?ms)^```\\w*\n.*?^```$"), regexp.MustCompile(`(?m)^#+ `)
	var blocks, titles [2][]string
	for i, name := range []string{"README.md", "README.zh.md"} {
		page, err := os.ReadFile(name)
		require.NoError(t, err)
		blocks[i] = fences.FindAllString(string(page), -1)
		titles[i] = headings.FindAllString(fences.ReplaceAllString(string(page), ""), -1)
		assert.Contains(t, string(page[:100]), [...]string{"[中文](README.zh.md)", "[English](README.md)"}[i])
		for _, link := range regexp.MustCompile(`\]\(([^)#:"]+)[)#]`).FindAllStringSubmatch(string(page), -1) {
			_, err := os.Stat(link[1])
			assert.NoError(t, err, name)
		}
	}
	assert.Greater(t, len(blocks[0]), 3)
	assert.Equal(t, blocks[0], blocks[1])
	assert.Equal(t, titles[0], titles[1])
}
