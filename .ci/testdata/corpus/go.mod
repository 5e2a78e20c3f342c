// No package is here: this file keeps the archive out of the module above, which users download.
module github.com/dram-go/dram/ci/testdata/corpus

go 1.26.5
