package serve

// AddrMend is what to do about an error that a test cannot have the system make.
var AddrMend = addrMend
