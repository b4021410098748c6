package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	toolkit "github.com/prometheus/exporter-toolkit/web"
)

// askHealth runs the program with --healthcheck.
func askHealth(t *testing.T, args ...string) (code int, said string) {
	t.Helper()
	var out bytes.Buffer
	code = run(t.Context(), append([]string{"--healthcheck"}, args...), func(string) string { return "" }, &out, &out)
	return code, out.String()
}

func TestHealthcheck(t *testing.T) {
	dir := t.TempDir()
	certificate(t, dir)
	for name, web := range map[string]string{
		"plain":               "",
		"TLS":                 "tls_server_config: {cert_file: cert.pem, key_file: key.pem}",
		"client certificates": "tls_server_config: {cert_file: cert.pem, key_file: key.pem, client_auth_type: RequireAndVerifyClientCert, client_ca_file: cert.pem}",
		"TLS 1.2 certificate": "tls_server_config: {cert_file: cert.pem, key_file: key.pem, max_version: TLS12, client_auth_type: RequireAnyClientCert}",
		"basic auth":          "basic_auth_users: {prometheus: $2y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi}",
	} {
		t.Run(name, func(t *testing.T) {
			file := write(t, dir, strings.ReplaceAll(name, " ", "-")+".yml", web)
			s := start(t, nil, "--demo", "--web.config.file="+file)
			address := strings.TrimPrefix(s.url, "http://")
			if code, said := askHealth(t, "--web.listen-address="+address, "--web.config.file="+file); code != 0 {
				t.Errorf("of a running exporter: code %d: %s", code, said)
			}
			s.stop()
			if code, said := askHealth(t, "--web.listen-address="+address, "--web.config.file="+file); code != 1 || strings.Count(said, "\n") != 1 {
				t.Errorf("of an exporter that ended: code %d: %s, want 1 and one line", code, said)
			}
		})
	}
}

func TestHealthcheckOfSomethingElse(t *testing.T) {
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	code, said := askHealth(t, "--web.listen-address="+strings.TrimPrefix(other.URL, "http://"))
	if code != 1 || !strings.Contains(said, "404") {
		t.Errorf("code %d: %s, want 1 and the status", code, said)
	}
}

func TestHealthURL(t *testing.T) {
	for address, want := range map[string]string{
		":10049":           "http://127.0.0.1:10049/-/healthy",
		"0.0.0.0:80":       "http://127.0.0.1:80/-/healthy",
		"[::]:10049":       "http://[::1]:10049/-/healthy",
		"192.0.2.1:10049":  "http://192.0.2.1:10049/-/healthy",
		"127.0.0.1:0":      "",
		"vsock://:10049":   "",
		"nothing to speak": "",
	} {
		socket, file := false, ""
		got, err := healthURL(&toolkit.FlagConfig{WebListenAddresses: &[]string{address}, WebSystemdSocket: &socket, WebConfigFile: &file})
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v, want %q", address, got, err, want)
		}
	}
}

// certificate writes a certificate for 127.0.0.1 and its key into a directory.
func certificate(t *testing.T, dir string) {
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
	for name, block := range map[string]*pem.Block{
		"cert.pem": {Type: "CERTIFICATE", Bytes: cert},
		"key.pem":  {Type: "PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
