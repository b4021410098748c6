//go:build e2e

package poll

import (
	"testing"
	"time"

	"github.com/wxexporter/wx_exporter/plan"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// TestCallsInBadWeather lets every API fail in every way for a whole day, from
// its first minute, and counts the calls of each.
func TestCallsInBadWeather(t *testing.T) {
	for name, how := range map[string]wxtest.Behaviour{
		"hanging": wxtest.Hang(), "reset": wxtest.Reset(), "502": wxtest.HTTPStatus(502), "not JSON": wxtest.NotJSON(),
		"wrong types": wxtest.WrongTypes(), "empty": wxtest.Empty(), "no list": wxtest.EmptyMissing(), "delayed": wxtest.Delayed(1),
		"malformed": wxtest.Malformed(), "late": wxtest.Late(20 * time.Hour),
		"-1": wxtest.Errcode(-1, "system error"), "40001": wxtest.Errcode(40001, "invalid credential"),
		"40013": wxtest.Errcode(40013, "invalid appid"), "40164": wxtest.IPNotAllowed("203.0.113.7"),
		"45009": wxtest.QuotaSpent(), "45011": wxtest.Errcode(45011, "too often"), "47009": wxtest.Offline(),
		"48001": wxtest.Errcode(48001, "api unauthorized"), "61500": wxtest.Errcode(61500, "date format error"),
		"61503": wxtest.Errcode(61503, "data not ready"), "99123": wxtest.Errcode(99123, "something new"),
	} {
		t.Run(name, func(t *testing.T) {
			simulate(t, setup{at: "2026-11-20 00:00", window: plan.Window{Daily: 30, Hourly: 2, Article: 7}}, func(w *world) {
				w.fault(wxtest.Statistics, how)
				w.start()
				w.until("2026-11-20 23:59")
				most := ""
				for _, api := range wxtest.APIs() {
					if most == "" || w.wechat.Count("", api) > w.wechat.Count("", most) {
						most = api
					}
				}
				n := w.wechat.Count("", most)
				t.Logf("%s: at most %d calls of one API (%s), %d in all", name, n, most, w.wechat.Count("", ""))
				if n > 60 || n == 0 {
					t.Errorf("%s was called %d times on a day, want at most 60", most, n)
				}
			})
		})
	}
}
