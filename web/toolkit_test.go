package web_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	toolkit "github.com/prometheus/exporter-toolkit/web"
	"golang.org/x/crypto/bcrypt"

	"github.com/wxexporter/wx_exporter/web"
)

const password = "correct horse"

// webConfig writes a web configuration file with TLS, one user and a header,
// and returns its path and who vouches for its certificate.
func webConfig(t *testing.T) (path string, roots *x509.CertPool) {
	t.Helper()
	dir := t.TempDir()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})
	for name, content := range map[string]string{
		"cert.pem": string(certPEM),
		"key.pem":  string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})),
		"web.yml": fmt.Sprintf(`
tls_server_config: {cert_file: cert.pem, key_file: key.pem}
basic_auth_users: {prometheus: %q}
http_server_config: {headers: {Content-Security-Policy: "frame-ancestors https://wiki.example"}}
`, hash),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	roots = x509.NewCertPool()
	roots.AppendCertsFromPEM(certPEM)
	return filepath.Join(dir, "web.yml"), roots
}

// secured serves the exporter under a web configuration file and returns its
// address.
func secured(t *testing.T, o web.Options, config string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	logger, systemd := slog.New(slog.DiscardHandler), false
	server := &http.Server{Handler: web.Handler(o), ErrorLog: slog.NewLogLogger(logger.Handler(), slog.LevelError)}
	ended := make(chan error, 1)
	go func() {
		ended <- toolkit.Serve(l, server, &toolkit.FlagConfig{WebSystemdSocket: &systemd, WebConfigFile: &config}, logger)
	}()
	t.Cleanup(func() {
		_ = server.Shutdown(context.Background())
		l.Close()
		if err := <-ended; err != http.ErrServerClosed {
			t.Errorf("the server ended with %v", err)
		}
	})
	return l.Addr().String()
}

func TestTLSAndBasicAuthentication(t *testing.T) {
	config, roots := webConfig(t)
	o := options(healthy("brand"))
	reloads := 0
	o.Reload = func() error { reloads++; return nil }
	address := secured(t, o, config)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	defer client.CloseIdleConnections()
	send := func(scheme, method, path, user, pass string) (*http.Response, string) {
		t.Helper()
		r, err := http.NewRequest(method, scheme+"://"+address+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if user != "" {
			r.SetBasicAuth(user, pass)
		}
		resp, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp, string(body)
	}

	for _, c := range []struct {
		method, path string
		code         int
		body         string
	}{
		{"GET", "/", 200, "wx_exporter"},
		{"GET", "/metrics", 200, "all the metrics"},
		{"GET", "/probe?target=brand", 200, "the metrics of one account"},
		{"GET", "/sd", 200, `"__scheme__":"https"`},
		{"GET", "/status", 200, "brand"},
		{"GET", "/-/healthy", 200, "healthy"},
		{"GET", "/-/ready", 200, "ready"},
		{"POST", "/-/reload", 200, "was reloaded"},
		{"GET", "/nowhere", 404, ""},
	} {
		for _, who := range [][2]string{{"", ""}, {"prometheus", "wrong"}, {"nobody", password}} {
			if resp, body := send("https", c.method, c.path, who[0], who[1]); resp.StatusCode != 401 || strings.Contains(body, "brand") {
				t.Errorf("%s %s of %q answers %d: %.200s", c.method, c.path, who[0], resp.StatusCode, body)
			}
		}
		if resp, body := send("http", c.method, c.path, "prometheus", password); resp.StatusCode != 400 || !strings.Contains(body, "HTTPS") {
			t.Errorf("%s %s without TLS answers %d: %.200s", c.method, c.path, resp.StatusCode, body)
		}
		if resp, body := send("https", c.method, c.path, "prometheus", password); resp.StatusCode != c.code || !strings.Contains(body, c.body) {
			t.Errorf("%s %s answers %d with %.200q; want %d with %q in it", c.method, c.path, resp.StatusCode, body, c.code, c.body)
		}
	}
	if reloads != 1 {
		t.Errorf("%d reloads, of which one had the password", reloads)
	}
	resp, _ := send("https", "GET", "/status", "prometheus", password)
	if got := resp.Header.Values("Content-Security-Policy"); len(got) != 1 || got[0] != "frame-ancestors https://wiki.example" {
		t.Errorf("the web configuration's header gave way to %q", got)
	}
	if resp.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Error("the headers that the web configuration leaves alone are missing")
	}
}
