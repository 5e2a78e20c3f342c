module github.com/dram-go/dram/ci/mutation

go 1.26.5
