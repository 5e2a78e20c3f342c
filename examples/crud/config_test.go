package main

import (
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNothingNeedsToBeSet(t *testing.T) {
	c, err := loadConfig(nil)
	require.NoError(t, err)
	assert.Equal(t, Config{
		Addr: "127.0.0.1:8080", DatabaseURL: "sqlite:library.db", Demo: true, LogLevel: slog.LevelInfo,
		SessionTTL: 12 * time.Hour, RequestTimeout: 30 * time.Second, ShutdownTimeout: 10 * time.Second,
	}, c)
}

func TestEverythingCanBeSet(t *testing.T) {
	c, err := loadConfig([]string{
		"ADDR=:80", "DATABASE_URL=mysql://u:p@db/library", "BASE_URL=https://library.example/", "DEMO=true", "ADMIN_EMAIL=a@example.com", "ADMIN_PASSWORD=a=b=c=d=e",
		"TRUSTED_PROXIES=10.0.0.0/8 , 192.0.2.1", "LOG_LEVEL=debug", "SESSION_TTL=1h", "REQUEST_TIMEOUT=5s", "SHUTDOWN_DELAY=1s", "SHUTDOWN_TIMEOUT=2s",
		"PATH=/bin", "SHELL", "EMPTY=",
	})
	require.NoError(t, err)
	assert.Equal(t, Config{
		Addr: ":80", DatabaseURL: "mysql://u:p@db/library", BaseURL: "https://library.example", Demo: true, AdminEmail: "a@example.com", AdminPassword: "a=b=c=d=e",
		TrustedProxies: []string{"10.0.0.0/8", "192.0.2.1"}, LogLevel: slog.LevelDebug,
		SessionTTL: time.Hour, RequestTimeout: 5 * time.Second, ShutdownDelay: time.Second, ShutdownTimeout: 2 * time.Second,
	}, c)
}

func TestKnownPasswordsOnlyByDefaultOrOnPurpose(t *testing.T) {
	for _, tt := range []struct {
		environ []string
		want    bool
	}{
		{nil, true}, {[]string{"DATABASE_URL="}, true}, {[]string{"DEMO=false"}, false},
		{[]string{"DATABASE_URL=postgres://u:p@db/library"}, false}, {[]string{"DATABASE_URL=sqlite::memory:", "DEMO=1"}, true},
	} {
		c, err := loadConfig(tt.environ)
		require.NoError(t, err)
		assert.Equal(t, tt.want, c.Demo, tt.environ)
	}
}

func TestAllFaultsAreNamedAtOnce(t *testing.T) {
	_, err := loadConfig([]string{
		"ADDR=8080", "DATABASE_URL=oracle://x", "BASE_URL=library.example", "DEMO=perhaps", "LOG_LEVEL=loud", "SESSION_TTL=12", "REQUEST_TIMEOUT=1ms",
		"SHUTDOWN_DELAY=-1s", "SHUTDOWN_TIMEOUT=0s", "TRUSTED_PROXIES=10.0.0.0/8, proxy", "ADMIN_EMAIL=a", "ADMIN_PASSWORD=short",
	})
	require.Error(t, err)
	names := []string{"ADDR", "DATABASE_URL", "BASE_URL", "DEMO", "LOG_LEVEL", "SESSION_TTL", "REQUEST_TIMEOUT", "SHUTDOWN_DELAY", "SHUTDOWN_TIMEOUT", "TRUSTED_PROXIES", "ADMIN_EMAIL", "ADMIN_PASSWORD"}
	for _, name := range names {
		assert.Equal(t, 1, strings.Count("\n"+err.Error(), "\n"+name), name)
	}
	assert.Equal(t, len(names), strings.Count(err.Error()+"\n", "\n"))
	assert.NotRegexp(t, "nanosecond|Admin|m0s", err, "in the words of the environment")
	for _, said := range []string{`LOG_LEVEL="loud" must be a log level: debug, info, warn or error`, `SESSION_TTL="12" must be a duration, like 12h or 30s`, `TRUSTED_PROXIES: "proxy" must be an IP`} {
		assert.Contains(t, err.Error(), said)
	}
	_, err = loadConfig([]string{"TRUSTED_PROXIES=10.0.0.1 2,10.0.0.3"})
	require.EqualError(t, err, `TRUSTED_PROXIES: "10.0.0.1 2" must be an IP address or a network, like 10.0.0.0/8`)
	for _, fault := range []string{"BASE_URL=https://library.example/books", "BASE_URL=http://[", "BASE_URL=https://library.example:443", "BASE_URL=https://u:p@library.example", "BASE_URL=ftp://library.example", "ADDR=localhost:99999", "ADDR=:http-foo", "ADMIN_PASSWORD=long enough"} {
		_, err = loadConfig([]string{fault})
		require.Error(t, err, fault)
	}
}

func TestPasswordsStayOutOfErrors(t *testing.T) {
	for _, fault := range []string{"DATABASE_URL=postgres://u:hunter2@db:notaport/x", "DATABASE_URL=mysql://u:hunter2@/x", "DATABASE_URL=mysql://u:hunter2@db", "ADMIN_PASSWORD=hunter2"} {
		_, err := loadConfig([]string{fault})
		require.Error(t, err, fault)
		assert.NotContains(t, err.Error(), "hunter2")
	}
}

func TestTheURLToPrint(t *testing.T) {
	for _, tt := range []struct{ addr, base, want string }{
		{"127.0.0.1:8080", "", "http://localhost:8080"},
		{"[::]:80", "", "http://localhost:80"},
		{"192.0.2.1:8080", "", "http://192.0.2.1:8080"},
		{"127.0.0.1:8080", "https://library.example", "https://library.example"},
		{"127.0.0.1:8080", "http://library.example/", "http://library.example"},
	} {
		c, err := loadConfig([]string{"BASE_URL=" + tt.base})
		require.NoError(t, err)
		addr, err := net.ResolveTCPAddr("tcp", tt.addr)
		require.NoError(t, err)
		assert.Equal(t, tt.want, c.url(addr))
		assert.Equal(t, tt.base == "https://library.example", c.secure())
	}
}

func TestTheParametersOfADatabaseURLCount(t *testing.T) {
	for _, url := range []string{"mysql://u:p@db/x?tls=perhaps", "mysql://u:p@db/x?timeout=soon", "postgres://u:p@db/x?sslmode=perhaps"} {
		_, err := loadConfig([]string{"DATABASE_URL=" + url})
		require.ErrorContains(t, err, "DATABASE_URL", url)
	}
}
