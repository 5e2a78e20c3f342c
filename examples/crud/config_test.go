package main

import (
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func config(env map[string]string) (Config, error) {
	return loadConfig(func(name string) string { return env[name] })
}

func TestNothingNeedsToBeSet(t *testing.T) {
	c, err := config(nil)
	require.NoError(t, err)
	assert.Equal(t, Config{
		Addr: "127.0.0.1:8080", DatabaseURL: "sqlite:crud.db", Demo: true, LogLevel: slog.LevelInfo,
		SessionTTL: 12 * time.Hour, ShutdownTimeout: 10 * time.Second,
	}, c)
}

func TestKnownPasswordsOnlyByDefaultOrOnPurpose(t *testing.T) {
	c, err := config(map[string]string{"DATABASE_URL": "postgres://u:p@db/library"})
	require.NoError(t, err)
	assert.False(t, c.Demo)
	c, err = config(map[string]string{"DATABASE_URL": "sqlite::memory:", "DEMO": "1"})
	require.NoError(t, err)
	assert.True(t, c.Demo)
}

func TestAllProblemsAreNamedAtOnce(t *testing.T) {
	_, err := config(map[string]string{
		"ADDR": "8080", "DATABASE_URL": "oracle://x", "BASE_URL": "library.example", "DEMO": "perhaps", "LOG_LEVEL": "loud",
		"SESSION_TTL": "12", "SHUTDOWN_DELAY": "-1s", "SHUTDOWN_TIMEOUT": "0s", "TRUSTED_PROXIES": "10.0.0.0/8, proxy", "ADMIN_EMAIL": "a@example.com",
	})
	require.Error(t, err)
	for _, name := range []string{"ADDR", "DATABASE_URL", "BASE_URL", "DEMO", "LOG_LEVEL", "SESSION_TTL", "SHUTDOWN_DELAY", "SHUTDOWN_TIMEOUT", "TRUSTED_PROXIES", "ADMIN_PASSWORD"} {
		assert.ErrorContains(t, err, name)
	}
}

func TestPasswordsStayOutOfErrors(t *testing.T) {
	for _, raw := range []string{"postgres://u:hunter2@db:notaport/x", "mysql://u:hunter2@/x", "mysql://u:hunter2@db"} {
		_, err := config(map[string]string{"DATABASE_URL": raw})
		require.Error(t, err, raw)
		assert.NotContains(t, err.Error(), "hunter2")
	}
}

func TestTheURLToPrint(t *testing.T) {
	tests := []struct{ addr, base, want string }{
		{"127.0.0.1:8080", "", "http://localhost:8080"},
		{"[::]:80", "", "http://localhost:80"},
		{"192.0.2.1:8080", "", "http://192.0.2.1:8080"},
		{"127.0.0.1:8080", "https://library.example", "https://library.example"},
	}
	for _, tt := range tests {
		c, err := config(map[string]string{"BASE_URL": tt.base})
		require.NoError(t, err)
		addr, err := net.ResolveTCPAddr("tcp", tt.addr)
		require.NoError(t, err)
		assert.Equal(t, tt.want, c.url(addr))
		assert.Equal(t, tt.base != "", c.Secure())
	}
}
