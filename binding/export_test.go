package binding

// LongestPath is what decides whether Go 1.27's engine may see a body that is not right.
var LongestPath = longestPath
