package inspect

// StartLines are those that Mount prints.
var StartLines = startLines
