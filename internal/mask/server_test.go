package mask_test

import (
	"bytes"
	"log"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram/internal/mask"
)

func TestErrorLogOfAServer(t *testing.T) {
	var out bytes.Buffer
	server := mask.ErrorLog(log.New(&out, "", 0))
	const stack = "\ngoroutine 7 [running]:\nmain.main()\n\t/a.go:1"
	server.Printf("http: panic serving 1.2.3.4:5: %s%s", "x\n[DRAM] forged\x1b[2J token=zebra\ngoroutine 1 [running]:\n[DRAM] forged", stack)
	assert.Equal(t, `http: panic serving 1.2.3.4:5: x\n[DRAM] forged\x1b[2J token=*\ngoroutine 1 [running]:\n[DRAM] forged`+stack+"\n", out.String())
	out.Reset()
	server.Printf("http: TLS handshake error from 1.2.3.4:5: %s", "no\nname")
	assert.Equal(t, `http: TLS handshake error from 1.2.3.4:5: no\nname`+"\n", out.String())
}
