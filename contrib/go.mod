module github.com/dram-go/dram/contrib

go 1.25.0

require github.com/dram-go/dram v0.0.0

replace github.com/dram-go/dram => ../
