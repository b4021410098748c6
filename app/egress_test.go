package app

import (
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/wxexporter/wx_exporter/internal/harness"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// TestFollowRedirects: follow_redirects says whether redirects within WeChat's host
// and a receiver's are followed.
func TestFollowRedirects(t *testing.T) {
	for _, follow := range []bool{true, false} {
		t.Run(fmt.Sprint(follow), func(t *testing.T) {
			w := harness.WeChat(wxtest.Options{})
			var taken, others atomic.Int32
			url := harness.Serve(t, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				switch rest, moved := strings.CutPrefix(r.URL.Path, "/moved"); {
				case moved:
					http.Redirect(rw, r, rest+"?"+r.URL.RawQuery, http.StatusTemporaryRedirect)
				case r.URL.Path == "/write":
					if body, err := io.ReadAll(r.Body); r.Method != http.MethodPost || err != nil || len(body) == 0 {
						others.Add(1)
					}
					taken.Add(1)
				default:
					w.ServeHTTP(rw, r)
				}
			}))
			dir := t.TempDir()
			text := strings.Replace(harness.Config(url+"/moved", wxtest.DemoAccounts()[:1]), "api: {", fmt.Sprintf("api: {follow_redirects: %v, ", follow), 1)
			text += fmt.Sprintf("remote_write:\n- {name: r, url: \"%s/moved/write\", follow_redirects: %v}\n", url, follow)
			s := start(t, nil, "--config.file="+harness.Write(t, dir, "config.yml", text), "--storage.path="+filepath.Join(dir, "data"),
				"--no-collector.message", "--no-collector.article", "--no-collector.publish")
			if follow {
				harness.Eventually(t, "the first fill, and a receiver that takes it", func() bool { return harness.Filled(s.Scrape(t), "brand") && taken.Load() > 0 })
			} else {
				harness.Eventually(t, "an error", func() bool {
					return s.Scrape(t)[`wx_api_requests_total{account="brand",api="token",code="http_307"}`] != ""
				})
			}
			if n := len(w.Calls()); n == 0 == follow || others.Load() > 0 {
				t.Errorf("%d calls of WeChat, %d requests of the receiver that are no POST", n, others.Load())
			}
		})
	}
}
