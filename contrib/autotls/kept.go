package autotls

import (
	"context"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"strings"
	"time"

	"golang.org/x/crypto/acme/autocert"
)

// This file is what stands between autocert and the cache: autocert says nothing of a
// certificate that could not be kept or renewed, and fails for ever because of a file that is
// broken. All that it keeps goes through here, and each attempt to renew a certificate
// begins with reading it.

// kept is a cache whose faults are logged, and pass.
type kept struct {
	autocert.Cache
	logger *slog.Logger
}

// Names that autocert gives to what it keeps.
const (
	accountName = "acme_account+key"
	tokenSuffix = "+http-01" // behind what a client has asked for
)

// Get has what is broken made anew: a machine that loses its power leaves empty files.
func (k kept) Get(ctx context.Context, name string) ([]byte, error) {
	data, err := k.Cache.Get(ctx, name)
	switch {
	case strings.HasSuffix(name, tokenSuffix):
		if err != nil { // whose text, with the directory's name, would be the client's answer
			return nil, autocert.ErrCacheMiss
		}
	case err == nil && !beginsWithKey(data):
		k.logger.LogAttrs(ctx, slog.LevelWarn, "autotls: what was kept is broken, and is made anew", slog.String("name", name))
		return nil, autocert.ErrCacheMiss
	case err == nil:
		k.warn(ctx, name, data)
	}
	return data, err
}

// Put logs what fails. A certificate that cannot be kept is served all the same, also one that was
// renewed, which autocert would drop, and ask for again each hour. It is not asked for
// without an account, which is to be kept first.
func (k kept) Put(ctx context.Context, name string, data []byte) error {
	err := k.Cache.Put(ctx, name, data)
	if err == nil || name == accountName {
		return err
	}
	k.logger.LogAttrs(ctx, slog.LevelError, "autotls: cannot be kept, and is lost with the process", slog.String("name", name), slog.Any("error", err))
	return nil
}

// renewal is when autocert begins to renew a certificate, at the latest: with a third of its time left, or with this.
const renewal = 30 * 24 * time.Hour

// warn tells of a certificate that has not been renewed in half of the time that there is for it.
func (k kept) warn(ctx context.Context, name string, data []byte) {
	_, rest := pem.Decode(data)
	block, _ := pem.Decode(rest)
	if block == nil {
		return
	}
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return
	}
	if left := time.Until(leaf.NotAfter); left < min(leaf.NotAfter.Sub(leaf.NotBefore)/3, renewal)/2 {
		k.logger.LogAttrs(ctx, slog.LevelWarn, "autotls: the certificate ends soon and has not been renewed: does the authority still reach this service under its name?",
			slog.String("name", name), slog.Time("ends", leaf.NotAfter))
	}
}

// beginsWithKey reports whether PEM begins with a private key that autocert can read.
func beginsWithKey(data []byte) bool {
	block, _ := pem.Decode(data)
	if block == nil || !strings.Contains(block.Type, "PRIVATE") {
		return false
	}
	if _, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return true
	}
	if _, err := x509.ParseECPrivateKey(block.Bytes); err == nil {
		return true
	}
	key, _ := x509.ParsePKCS8PrivateKey(block.Bytes)
	switch key.(type) {
	case *rsa.PrivateKey, *ecdsa.PrivateKey:
		return true
	}
	return false
}
