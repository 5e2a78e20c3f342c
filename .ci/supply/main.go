// Command supply writes docs/licences.md: every module that a module of dram requires, with the
// licences that its files of that kind hold, as licensecheck reads them. It fails when one of
// them is not among those that are allowed.
//
//	cd .ci/supply && GOWORK=off go run .
//
// The tests of this folder hold that the page is current, and what else of the supply chain can
// go out of date: the hashes of the actions and the folders that Dependabot looks into.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// The root of the checkout, and the page in it.
const (
	root = "../.."
	page = root + "/docs/licences.md"
)

func main() {
	text, err := licences(root)
	if err == nil {
		err = os.WriteFile(filepath.FromSlash(page), []byte(text), 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
