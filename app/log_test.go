package app

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/wxexporter/wx_exporter/internal/harness"
)

// TestLogOfOneForm: what Prometheus' toolkit and net/http's server have to say
// is told in the program's own form, so that whatever reads the log reads all
// of it. A client that does not get through a handshake is nothing to look at.
func TestLogOfOneForm(t *testing.T) {
	dir := t.TempDir()
	harness.Certificate(t, dir)
	s := start(t, nil, "--demo", "--web.config.file="+harness.Write(t, dir, "web.yml", "tls_server_config: {cert_file: cert.pem, key_file: key.pem}"))
	if status, body := harness.Fetch(t, http.MethodGet, s.URL); status != http.StatusBadRequest {
		t.Fatalf("without TLS the server answers %d: %s", status, body)
	}
	const complaint = "TLS handshake error"
	harness.Eventually(t, "the server's complaint", func() bool { return strings.Contains(s.log.String(), complaint) })
	s.stop()
	form := regexp.MustCompile(`^ts=\S+ level=(debug|info|warn|error) (account=\S+ )?msg=`)
	for line := range strings.Lines(s.log.String()) {
		if !form.MatchString(line) {
			t.Errorf("a line of another form: %s", line)
		}
		if strings.Contains(line, complaint) && !strings.Contains(line, " level=debug ") {
			t.Errorf("above debug: %s", line)
		}
	}
}
