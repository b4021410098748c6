package plan

import (
	"testing"
	"time"

	"github.com/wxexporter/wx_exporter/wxclient"
)

// TestAllRefused: an account of which WeChat refuses everything does not work, and the
// likeliest reason is its type. What the account has nothing of says nothing, and
// neither does what was not asked yet.
func TestAllRefused(t *testing.T) {
	asked := time.Unix(1, 0)
	failed := func(a wxclient.Action) APIState {
		return APIState{Asked: asked, Err: &wxclient.Error{Code: "48001", Message: "api unauthorized", Action: a}}
	}
	denied, offline, absent, broken := failed(wxclient.Denied), failed(wxclient.Offline), failed(wxclient.Absent), failed(wxclient.Retry)
	fine, open, never, before := APIState{Asked: asked}, APIState{Asked: asked, OpenDays: 1}, APIState{}, APIState{Newest: 1}
	for name, c := range map[string]struct {
		apis    []APIState
		refused bool
		works   bool
	}{
		"none":                        {nil, false, true},
		"all are denied":              {[]APIState{denied, denied}, true, false},
		"denied and offline":          {[]APIState{offline, denied}, true, false},
		"one works":                   {[]APIState{denied, offline, fine}, false, true},
		"one is not computed yet":     {[]APIState{denied, open}, false, true},
		"one was not asked":           {[]APIState{denied, never}, true, false},
		"one worked before a restart": {[]APIState{denied, before}, false, true},
		"no publisher":                {[]APIState{absent, absent}, false, true},
		"no publisher, rest denied":   {[]APIState{absent, denied}, true, false},
		"one fails":                   {[]APIState{denied, broken}, false, false},
	} {
		err := AllRefused(c.apis)
		if (err != nil) != c.refused || Works(c.apis) != c.works {
			t.Errorf("%s: refused %v, works %v; want %v, %v", name, err, Works(c.apis), c.refused, c.works)
		}
		if err != nil && (err.Code != "48001" || err.Advice != LookAtType) {
			t.Errorf("%s: %+v", name, err)
		}
	}
}

// TestAllRefusedOfTheRest: an API that is asked for no more, as the window has no day of
// it, says nothing of an account of which WeChat refuses all that is asked.
func TestAllRefusedOfTheRest(t *testing.T) {
	now := time.Unix(1_790_000_000, 0)
	denied := APIState{Asked: now, Err: &wxclient.Error{Code: "48001", Action: wxclient.Denied}, RetryAt: now.Add(time.Hour)}
	for name, before := range map[string]APIState{"denied": denied, "in order": {Asked: now}, "with rows": {Asked: now, Newest: 1}} {
		left := before.Looked(Next{Nothing: true}, before, now)
		if left.State() != StateOK || AllRefused([]APIState{denied, left}) == nil {
			t.Errorf("%s before: %s, and the account is not refused", name, left.State())
		}
	}
}

// TestAuthFailure: refused credentials are tried again every ten minutes at most, until
// WeChat itself has answered a question otherwise.
func TestAuthFailure(t *testing.T) {
	now := time.Date(2026, 11, 20, 4, 0, 0, 0, time.UTC)
	refused := &wxclient.Error{API: "getusersummary", Code: "40164", Action: wxclient.Credentials}
	waits := AuthFailure{Err: refused, Began: now.Add(-time.Hour), RetryAt: now}
	for name, c := range map[string]struct {
		err     *wxclient.Error
		retryAt time.Duration // from now on, of the API
		want    time.Duration // the next try; 0: the credentials are accepted
	}{
		"an answer":               {nil, 0, 0},
		"refused again":           {refused, 10 * time.Minute, 10 * time.Minute},
		"no answer":               {&wxclient.Error{API: "getusersummary", Code: "timeout", Action: wxclient.Retry}, 5 * time.Minute, 10 * time.Minute},
		"no answer, again":        {&wxclient.Error{API: "getusersummary", Code: "timeout", Action: wxclient.Retry}, 2 * time.Hour, 2 * time.Hour},
		"a gateway's page":        {&wxclient.Error{API: "getusersummary", Code: "invalid", Action: wxclient.Invalid}, 5 * time.Minute, 10 * time.Minute},
		"too many tokens":         {&wxclient.Error{API: wxclient.TokenAPI, Code: "45009", Action: wxclient.Backoff}, 10 * time.Minute, 10 * time.Minute},
		"another error of WeChat": {&wxclient.Error{API: "getusersummary", Code: "48001", Action: wxclient.Denied}, 24 * time.Hour, 0},
	} {
		got := waits.After(c.err, now, now.Add(c.retryAt))
		if accepted := got.Err == nil; accepted != (c.want == 0) || !accepted && got.RetryAt.Sub(now) != c.want {
			t.Errorf("%s: refused with %v, the next try after %v, want %v", name, got.Err, got.RetryAt.Sub(now), c.want)
		}
	}
}
