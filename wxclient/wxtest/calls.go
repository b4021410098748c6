package wxtest

import (
	"sync"
	"time"
)

// Call is a request that has reached WeChat.
type Call struct {
	Time   time.Time // of its arrival
	AppID  string    // "" when the request does not tell
	API    string    // a statistics API, a token endpoint or QuotaGet; else the path
	Begin  string    // the first and the last day as they were sent
	End    string
	Code   int // errcode of the answer, 0 = none
	Status int // HTTP status of the answer; 0 = no answer, or not yet

	Page     int    // of an API in pages
	Question string // of an API with several questions: cost_time_type
}

// journal remembers the newest calls and counts all.
type journal struct {
	mu     sync.Mutex
	limit  int
	calls  []*Call
	counts map[[2]string]int
}

// begin notes a call. The function that it returns notes how it was answered.
func (j *journal) begin(c Call) func(code, status int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.calls) >= j.limit { // drops the older half: seldom, and not one by one
		j.calls = append([]*Call(nil), j.calls[len(j.calls)-j.limit/2:]...)
	}
	if j.counts == nil {
		j.counts = map[[2]string]int{}
	}
	j.counts[[2]string{c.AppID, c.API}]++
	j.calls = append(j.calls, &c)
	return func(code, status int) {
		j.mu.Lock()
		defer j.mu.Unlock()
		c.Code, c.Status = code, status
	}
}

// Calls returns the calls since the last ResetCalls, oldest first. Of very many
// (Options.CallLog), only the newest.
func (w *WeChat) Calls() []Call {
	j := &w.journal
	j.mu.Lock()
	defer j.mu.Unlock()
	out := make([]Call, len(j.calls))
	for i, c := range j.calls {
		out[i] = *c
	}
	return out
}

// Count returns how many calls of an API (or of an endpoint, see Call.API) an
// account has made since the last ResetCalls. An empty app id or API stands for
// all, and [Statistics] and [Tokens] for their APIs.
func (w *WeChat) Count(appID, api string) int {
	j := &w.journal
	j.mu.Lock()
	defer j.mu.Unlock()
	n := 0
	for key, calls := range j.counts {
		if (appID == "" || appID == key[0]) && covers(api, key[1]) {
			n += calls
		}
	}
	return n
}

// ResetCalls forgets the calls. The quota that they have spent stays spent.
func (w *WeChat) ResetCalls() {
	j := &w.journal
	j.mu.Lock()
	defer j.mu.Unlock()
	j.calls, j.counts = nil, nil
}
