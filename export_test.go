package dram

import "github.com/dram-go/dram/internal/serve"

// ResetConsoleColor undoes DisableConsoleColor and ForceConsoleColor, for tests.
func ResetConsoleColor() { colorMode.Store(colorAuto) }

// FormatLine is the Logger's line, for tests of its columns.
func FormatLine(params LogFormatterParams) string { return string(params.appendLine(nil)) }

// ResolveAddr is the address that Run listens on, for a test without listening.
func ResolveAddr(addr ...string) string { return serve.Address(addr) }
