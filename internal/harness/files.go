package harness

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// WeChat makes a simulated WeChat that has computed yesterday at midnight, for
// tests that run at any time of day.
func WeChat(o wxtest.Options) *wxtest.WeChat {
	o.ReadyAt = time.Nanosecond
	return wxtest.New(o)
}

// Serve serves a simulated WeChat over loopback until the test ends.
func Serve(t testing.TB, w http.Handler) (url string) {
	t.Helper()
	s := httptest.NewServer(w)
	t.Cleanup(s.Close)
	return s.URL
}

// Config returns a configuration for accounts of a simulated WeChat; extra
// lines come first.
func Config(url string, accounts []wxtest.Account, extra ...string) string {
	var b strings.Builder
	for _, line := range extra {
		fmt.Fprintln(&b, line)
	}
	fmt.Fprintf(&b, "api: {url: %q, requests_per_second: 500, timeout: 20s}\n", url)
	fmt.Fprintln(&b, `poll: {not_before: "00:00"}`)
	fmt.Fprintln(&b, "accounts:")
	for _, a := range accounts {
		kind := cmp.Or(a.Type, "official")
		fmt.Fprintf(&b, "  - {name: %q, type: %s, app_id: %q, app_secret: %q}\n", a.Name, kind, a.AppID, a.Secret)
	}
	return b.String()
}

// Write writes a file into a directory and returns its path.
func Write(t testing.TB, dir, name, content string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Certificate writes a certificate for 127.0.0.1 and its key into a directory,
// as cert.pem and key.pem.
func Certificate(t testing.TB, dir string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	Write(t, dir, "cert.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})))
	Write(t, dir, "key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})))
}

// Wanted is what the environment variable asks for, or what is usual where it
// asks for nothing.
func Wanted[T any](t testing.TB, variable string, usual T, parse func(string) (T, error)) T {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return usual
	}
	wanted, err := parse(text)
	if err != nil {
		t.Fatalf("%s: %v", variable, err)
	}
	return wanted
}
