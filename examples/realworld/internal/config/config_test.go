package config_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/examples/realworld/internal/config"
)

func load(env map[string]string) (config.Config, error) {
	return config.Load(func(name string) string { return env[name] })
}

func TestDefaultsServeADemo(t *testing.T) {
	c, err := load(nil)
	require.NoError(t, err)
	assert.True(t, c.Demo)
	assert.True(t, c.SecretIsRandom)
	assert.GreaterOrEqual(t, len(c.Secret), 32)
	assert.Equal(t, "127.0.0.1:8080", c.Addr)
	assert.Equal(t, "conduit.db", c.DatabaseURL)
	assert.Equal(t, 72*time.Hour, c.TokenTTL)
	assert.Equal(t, []string{"*"}, c.Origins)

	other, err := load(nil)
	require.NoError(t, err)
	assert.NotEqual(t, c.Secret, other.Secret, "each demo has a secret of its own")
}

func TestEverySettingIsRead(t *testing.T) {
	c, err := load(map[string]string{
		"CONDUIT_ENV": "production", "ADDR": ":9000", "DATABASE_URL": "postgres://db/conduit",
		"JWT_SECRET": "0123456789abcdef0123456789abcdef", "JWT_TTL": "1h", "CORS_ORIGINS": "https://a.org, https://b.org", "TRUSTED_PROXIES": "10.0.0.1, fd00::/8",
		"API_DIALECT": "hurl", "LOG_LEVEL": "warn", "LOG_FORMAT": "json", "READ_TIMEOUT": "5s", "DRAIN_DELAY": "3s", "SHUTDOWN_TIMEOUT": "20s",
	})
	require.NoError(t, err)
	assert.Equal(t, config.Config{
		Addr: ":9000", DatabaseURL: "postgres://db/conduit", Secret: []byte("0123456789abcdef0123456789abcdef"),
		TokenTTL: time.Hour, Origins: []string{"https://a.org", "https://b.org"}, TrustedProxies: []string{"10.0.0.1", "fd00::/8"}, Dialect: "hurl",
		LogLevel: slog.LevelWarn, LogJSON: true, ReadTimeout: 5 * time.Second, DrainDelay: 3 * time.Second, ShutdownTimeout: 20 * time.Second,
	}, c)
}

func TestAllProblemsAtOnce(t *testing.T) {
	_, err := load(map[string]string{
		"CONDUIT_ENV": "production", "JWT_TTL": "soon", "API_DIALECT": "soap", "LOG_LEVEL": "loud",
		"LOG_FORMAT": "xml", "SHUTDOWN_TIMEOUT": "1ms", "CORS_ORIGINS": "example.com", "TRUSTED_PROXIES": "proxy",
		"ADDR": "8080", "DATABASE_URL": "mysql://u:hunter2@db/conduit",
	})
	require.Error(t, err)
	for _, want := range []string{
		"JWT_SECRET is missing", `JWT_TTL is "soon"`, "web or openapi or hurl", "debug, info, warn or error", "text or json", "SHUTDOWN_TIMEOUT is 1ms",
		`"example.com"`, `TRUSTED_PROXIES has "proxy"`, `ADDR is "8080"`, `DATABASE_URL begins with "mysql://"`,
	} {
		assert.ErrorContains(t, err, want)
	}
	assert.NotContains(t, err.Error(), "hunter2")
}

func TestShortSecretsAreRefusedEvenInADemo(t *testing.T) {
	_, err := load(map[string]string{"JWT_SECRET": "hunter2"})
	assert.ErrorContains(t, err, "JWT_SECRET has 7 bytes; at least 32 are needed")
}
