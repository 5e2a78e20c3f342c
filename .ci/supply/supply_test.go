package main

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

func TestThePageOfLicencesIsCurrent(t *testing.T) {
	want, err := licences(root)
	require.NoError(t, err)
	got, err := os.ReadFile(page)
	require.NoError(t, err)
	assert.True(t, string(got) == want, "docs/licences.md is not what `cd .ci/supply && GOWORK=off go run .` writes")
}

func TestALicenceThatIsNotAllowedIsAFault(t *testing.T) {
	for _, c := range []struct {
		name     string
		by       string
		licences []string
		want     string
	}{
		{"a permissive one, anywhere", "core", []string{"MIT"}, ""},
		{"all of several", "core", []string{"BSD-3-Clause", "MIT"}, ""},
		{"one of several is not", "contrib", []string{"GPL-3.0", "MIT"}, "has the licence GPL-3.0"},
		{"files that stay open, outside of the core", "contrib", []string{"MPL-2.0"}, ""},
		{"files that stay open, in the core", "core", []string{"MPL-2.0"}, "has the licence MPL-2.0"},
		{"none", "contrib", nil, "has no licence that is recognized"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := fault(dependency{path: "example.com/m", version: "v1.0.0", by: []string{c.by}}, c.licences)
			if c.want == "" {
				assert.NoError(t, err)
				return
			}
			assert.ErrorContains(t, err, c.want)
		})
	}
}

func TestEveryFolderWithDependenciesIsUpdated(t *testing.T) {
	var config struct {
		Updates []struct {
			Ecosystem   string `yaml:"package-ecosystem"`
			Directory   string
			Directories []string
		}
	}
	data, err := os.ReadFile(root + "/.github/dependabot.yml")
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(data, &config))
	updated := map[string][]string{}
	for _, u := range config.Updates {
		dirs := u.Directories
		if u.Directory != "" {
			dirs = append(dirs, u.Directory)
		}
		updated[u.Ecosystem] = append(updated[u.Ecosystem], dirs...)
	}
	for ecosystem, file := range map[string]string{"gomod": "go.mod", "npm": "package.json"} {
		var want []string
		dirs, err := folders(root, file)
		require.NoError(t, err)
		for _, dir := range dirs {
			want = append(want, path.Join("/", dir))
		}
		assert.ElementsMatch(t, want, updated[ecosystem], "the folders with a %s, and those of %s in .github/dependabot.yml", file, ecosystem)
	}
	assert.Equal(t, []string{"/"}, updated["github-actions"])
}

// step is what matters here of a step of a workflow.
type step struct {
	Uses string
	With map[string]any
}

type workflow struct {
	Permissions map[string]string
	Jobs        map[string]struct {
		Permissions map[string]string
		Steps       []step
	}
}

// pinned is an action by its commit, with the release's name behind it for people and Dependabot.
var pinned = regexp.MustCompile(`uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)

func TestWorkflows(t *testing.T) {
	files, err := filepath.Glob(root + "/.github/workflows/*")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			require.NoError(t, err)
			for _, f := range workflowFaults(string(data)) {
				t.Error(f)
			}
		})
	}
}

// workflowFaults says what in a workflow gives somebody else's code more than it needs.
func workflowFaults(text string) (faults []string) {
	for i, line := range strings.Split(text, "\n") {
		if strings.Contains(line, "uses:") && !pinned.MatchString(line) {
			faults = append(faults, fmt.Sprintf("line %d is not pinned by a commit with its release: %s", i+1, strings.TrimSpace(line)))
		}
		for _, words := range []string{"pull_request_target", "workflow_run"} {
			if strings.Contains(line, words) {
				faults = append(faults, fmt.Sprintf("line %d gives a pull request the rights of the repository: %s", i+1, words))
			}
		}
	}
	var w workflow
	if err := yaml.Unmarshal([]byte(text), &w); err != nil {
		return append(faults, err.Error())
	}
	if w.Permissions == nil {
		faults = append(faults, "no permissions for the whole workflow: the default of the host holds")
	}
	for scope, right := range w.Permissions {
		if right == "write" {
			faults = append(faults, "every job may write "+scope)
		}
	}
	for name, job := range w.Jobs {
		for _, s := range job.Steps {
			if strings.HasPrefix(s.Uses, "actions/checkout@") && s.With["persist-credentials"] != false {
				faults = append(faults, name+": checkout leaves its token to the steps that follow")
			}
		}
	}
	slices.Sort(faults)
	return faults
}

func TestAWorkflowThatTrustsTooMuchIsAFault(t *testing.T) {
	const checkout = "actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2"
	const safe = "with: {persist-credentials: false}"
	for _, c := range []struct{ name, head, uses, with, want string }{
		{"nothing", "permissions: {}", checkout, safe, ""},
		{"by a tag", "permissions: {}", "actions/checkout@v6", safe, "is not pinned"},
		{"by a short hash", "permissions: {}", "actions/checkout@de0fac2 # v6.0.2", safe, "is not pinned"},
		{"no release", "permissions: {}", strings.TrimSuffix(checkout, " # v6.0.2"), safe, "is not pinned"},
		{"the token stays", "permissions: {}", checkout, "", "leaves its token"},
		{"no permissions", "name: x", checkout, safe, "the default of the host"},
		{"all may write", "permissions: {contents: write}", checkout, safe, "every job may write contents"},
		{"pull requests with rights", "on: pull_request_target\npermissions: {}", checkout, safe, "the rights of the repository"},
	} {
		t.Run(c.name, func(t *testing.T) {
			faults := workflowFaults(c.head + "\njobs:\n  a:\n    steps:\n      - uses: " + c.uses + "\n        " + c.with + "\n")
			if c.want == "" {
				assert.Empty(t, faults)
				return
			}
			require.Len(t, faults, 1)
			assert.Contains(t, faults[0], c.want)
		})
	}
}
