package simulation

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"
)

// tokenCalls are the names under which tokens are asked for.
var tokenCalls = []string{"stable_token", "token"}

// holding is a token that a process has.
type holding struct {
	at      time.Time
	fresh   time.Time // until when there is no reason for another one
	ends    time.Time
	reloads int64
	token   string
}

// holder is a process and the account of which it has a token.
type holder struct {
	process *process
	account int
}

// tokens checks that a token is asked for when there is none, or when it ends soon.
func (m *model) tokens(c call) {
	h, has := m.holdings[holder{c.process, c.account}]
	if has && h.reloads == c.reloads && c.at.Before(h.fresh) && m.clockRightSince(h.at) {
		m.breaks(4, "a token of account %d is asked for, although the process has one since %s, which is good until %s", c.account, stamp(h.at), stamp(h.fresh))
	}
	m.asksAgain(c)
}

// tokenAnswered notes the token that a process has.
func (m *model) tokenAnswered(c call, a *answer) {
	of := holder{c.process, c.account}
	if slices.Contains([]int{40001, 40014, 42001}, code(a.body)) {
		delete(m.holdings, of)
	}
	var token struct {
		Token string `json:"access_token"`
		Life  int    `json:"expires_in"`
	}
	if slices.Contains(tokenCalls, c.api) && a.status == http.StatusOK && json.Unmarshal(a.body, &token) == nil && token.Token != "" {
		life := time.Duration(token.Life) * time.Second
		m.holdings[of] = holding{time.Now(), time.Now().Add(life - min(5*time.Minute, life/4) - time.Second), time.Now().Add(life), c.reloads, token.Token}
	}
	usable := m.holdings[of].reloads == c.reloads && time.Now().Before(m.holdings[of].ends) // then it is tried once a minute
	if slices.Contains(tokenCalls, c.api) && slices.Contains(badCredentials, code(a.body)) && !usable {
		m.refusals[of] = refusal{at: time.Now(), reloads: c.reloads}
	}
}
