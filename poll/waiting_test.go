package poll

import (
	"testing"
	"time"

	"github.com/wxexporter/wx_exporter/plan"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// TestWaitingForAToken: whatever keeps an account without a token, every API of
// it is failing for that reason since it began, and the status says when the
// next attempt is, also after the attempts of other APIs.
func TestWaitingForAToken(t *testing.T) {
	for name, how := range map[string]wxtest.Behaviour{
		"wrong secret": wxtest.Errcode(40125, "invalid appsecret"), "banned": wxtest.Errcode(50002, "user limited"),
		"not confirmed": wxtest.Errcode(89503, "this ip is not confirmed"),
	} {
		t.Run(name, func(t *testing.T) {
			simulate(t, setup{at: "2026-11-20 12:00", families: []string{"user", "message"}}, func(w *world) {
				began := w.now()
				undo := w.fault(wxtest.Tokens, how)
				w.start()
				for range 4 {
					w.pass(time.Minute)
					s := w.running[0].Status()
					for _, api := range s.APIs {
						w.wantState("without a token", plan.StateFailing, api.API)
						if api.Error == nil || api.Error.API != "token" || api.Since.Sub(began).Abs() > time.Minute || !api.Next.After(w.now()) || api.Next.Sub(w.now()) > 10*time.Minute {
							t.Errorf("%s: %v since %v, next %v", api.API, api.Error, api.Since, api.Next)
						}
					}
					w.pass(11 * time.Minute)
				}
				undo()
				w.pass(15 * time.Minute)
				for _, api := range w.running[0].Status().APIs {
					w.wantState("with one", plan.StateOK, api.API)
				}
				if lines := w.log.Lines("request recovered", "api=token"); len(lines) != 1 {
					t.Errorf("want one line that says so, got %s", w.log.Lines("request recovered"))
				}
			})
		})
	}
}

// TestUnreachableWhileWaiting: WeChat has a fault of its own when an API asks for all
// that wait. What is told is still why they do, and a next attempt that lies ahead.
func TestUnreachableWhileWaiting(t *testing.T) {
	simulate(t, setup{at: "2026-11-20 12:00", families: []string{"user"}}, func(w *world) {
		undo := w.fault(wxtest.Tokens, wxtest.Errcode(40125, "invalid appsecret"))
		w.start()
		w.pass(time.Minute)
		undo()
		w.fault(wxtest.Tokens, wxtest.HTTPStatus(502))
		w.fault(wxtest.Statistics, wxtest.HTTPStatus(502))
		for range 8 {
			w.pass(10 * time.Minute)
			for _, api := range w.running[0].Status().APIs {
				if !api.Next.After(w.now()) || api.Error == nil || api.Error.Code != "40125" {
					t.Errorf("%s fails with %v and is asked again at %v, and it is %v", api.API, api.Error, api.Next, w.now())
				}
			}
		}
		if lines := w.log.Lines("code=http_502", `advice="Nothing to do`); len(lines) == 0 {
			t.Errorf("the log gives no advice: %s", w.log.Lines("code=http_502"))
		}
	})
}
