package autotls_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/dram-go/dram/contrib/internal/certtest"
)

// This file is an authority that implements as much of ACME (RFC 8555) as autocert
// needs. It trusts every signature, but verifies domains as a real one does:
// by TLS-ALPN-01 at httpsAddr, or by HTTP-01 at httpAddr.

type fakeCA struct {
	*httptest.Server
	authority *certtest.Authority

	mu                  sync.Mutex
	httpsAddr, httpAddr string
	challenge           string // the kind that is offered
	slow                bool   // it issues after the answer to finalize, which does not repeat the order's address
	token               string
	proven              bool
	proof               error
	domain              string
	chain               []byte
	orders              int
}

func newFakeCA(t *testing.T, challenge string) *fakeCA {
	ca := &fakeCA{authority: certtest.NewAuthority(t), challenge: challenge, token: "a-token-of-the-authority"}
	ca.Server = httptest.NewServer(http.HandlerFunc(ca.serve))
	t.Cleanup(ca.Close)
	return ca
}

// payload decodes the payload of a JWS; the signature is not verified.
func payload(r *http.Request, into any) error {
	var jws struct{ Payload string }
	if err := json.NewDecoder(r.Body).Decode(&jws); err != nil {
		return err
	}
	data, err := base64.RawURLEncoding.DecodeString(jws.Payload)
	if err != nil || len(data) == 0 {
		return err
	}
	return json.Unmarshal(data, into)
}

func (ca *fakeCA) serve(w http.ResponseWriter, r *http.Request) {
	ca.mu.Lock()
	defer ca.mu.Unlock()
	var request struct {
		Identifiers []struct{ Value string }
		CSR         string
	}
	if r.Method == http.MethodPost {
		if err := payload(r, &request); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
	}
	w.Header().Set("Replay-Nonce", "nonce")
	w.Header().Set("Content-Type", "application/json")
	switch r.URL.Path {
	case "/directory":
		ca.answer(w, 200, map[string]any{"newNonce": ca.URL + "/nonce", "newAccount": ca.URL + "/account", "newOrder": ca.URL + "/orders",
			"revokeCert": ca.URL + "/revoke", "keyChange": ca.URL + "/key", "meta": map[string]any{"termsOfService": ca.URL + "/terms"}})
	case "/nonce":
	case "/account":
		w.Header().Set("Location", ca.URL+"/account/1")
		ca.answer(w, 201, map[string]any{"status": "valid"})
	case "/orders":
		ca.orders++
		ca.domain, ca.proven = request.Identifiers[0].Value, false
		w.Header().Set("Location", ca.URL+"/order")
		ca.answer(w, 201, ca.order())
	case "/order":
		ca.answer(w, 200, ca.order())
	case "/authorization":
		ca.answer(w, 200, ca.authorization())
	case "/challenge":
		ca.proof = ca.prove()
		ca.proven = ca.proof == nil
		ca.answer(w, 200, ca.challengeObject())
	case "/finalize":
		if err := ca.issue(request.CSR); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		order := ca.order()
		if ca.slow {
			order["status"] = "processing"
		} else {
			w.Header().Set("Location", ca.URL+"/order")
		}
		ca.answer(w, 200, order)
	case "/certificate":
		w.Header().Set("Content-Type", "application/pem-certificate-chain")
		_, _ = w.Write(ca.chain)
	default:
		http.NotFound(w, r)
	}
}

func (ca *fakeCA) answer(w http.ResponseWriter, status int, v any) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

func (ca *fakeCA) order() map[string]any {
	status := map[bool]string{true: "ready", false: "pending"}[ca.proven]
	order := map[string]any{
		"identifiers":    []any{map[string]string{"type": "dns", "value": ca.domain}},
		"authorizations": []string{ca.URL + "/authorization"}, "finalize": ca.URL + "/finalize",
	}
	if ca.proven && ca.chain != nil {
		status, order["certificate"] = "valid", ca.URL+"/certificate"
	}
	order["status"] = status
	return order
}

func (ca *fakeCA) authorization() map[string]any {
	status := map[bool]string{true: "valid", false: "pending"}[ca.proven]
	if ca.proof != nil {
		status = "invalid"
	}
	return map[string]any{
		"status": status, "identifier": map[string]string{"type": "dns", "value": ca.domain},
		"challenges": []any{ca.challengeObject()},
	}
}

func (ca *fakeCA) challengeObject() map[string]any {
	status := map[bool]string{true: "valid", false: "pending"}[ca.proven]
	return map[string]any{"type": ca.challenge, "url": ca.URL + "/challenge", "token": ca.token, "status": status}
}

// prove connects to the domain, wherever it really is.
func (ca *fakeCA) prove() error {
	if ca.challenge == "http-01" {
		req, err := http.NewRequest(http.MethodGet, "http://"+ca.httpAddr+"/.well-known/acme-challenge/"+ca.token, nil)
		if err != nil {
			return err
		}
		req.Host = ca.domain
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err == nil && (resp.StatusCode != 200 || !strings.HasPrefix(string(body), ca.token+".")) {
			err = fmt.Errorf("%s: %q", resp.Status, body)
		}
		return err
	}
	dialer := tls.Dialer{Config: &tls.Config{ServerName: ca.domain, NextProtos: []string{"acme-tls/1"}, InsecureSkipVerify: true}}
	conn, err := dialer.DialContext(context.Background(), "tcp", ca.httpsAddr)
	if err != nil {
		return err
	}
	defer conn.Close()
	state := conn.(*tls.Conn).ConnectionState()
	for _, extension := range state.PeerCertificates[0].Extensions {
		if extension.Id.Equal(asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 31}) && state.NegotiatedProtocol == "acme-tls/1" {
			return nil // RFC 8737 section 3
		}
	}
	return fmt.Errorf("no certificate of the challenge, but of %v", state.PeerCertificates[0].DNSNames)
}

func (ca *fakeCA) issue(text string) error {
	der, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return err
	}
	csr, err := x509.ParseCertificateRequest(der)
	if err != nil {
		return err
	}
	if !ca.proven || len(csr.DNSNames) != 1 || csr.DNSNames[0] != ca.domain {
		return fmt.Errorf("not proven: %v", csr.DNSNames)
	}
	leaf := ca.authority.Issue(csr.PublicKey, ca.domain)
	for _, certificate := range []*x509.Certificate{leaf, ca.authority.Certificate} {
		ca.chain = append(ca.chain, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw})...)
	}
	return nil
}

// is tells the authority the addresses of the domains.
func (ca *fakeCA) is(httpsAddr, httpAddr net.Addr) {
	ca.mu.Lock()
	defer ca.mu.Unlock()
	ca.httpsAddr = httpsAddr.String()
	if httpAddr != nil {
		ca.httpAddr = httpAddr.String()
	}
}

func (ca *fakeCA) count() int {
	ca.mu.Lock()
	defer ca.mu.Unlock()
	return ca.orders
}
