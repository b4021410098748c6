package simulation

import (
	"net/http"
	"slices"
	"time"
)

// badCredentials are codes with which WeChat refuses the credentials of an account, or the
// address that they come from.
var badCredentials = []int{40013, 40164}

// refusal is that WeChat refused the credentials of an account.
type refusal struct {
	at      time.Time
	reloads int64
	trying  string // the API of the request that tries them again
}

// credentialPause is how long credentials are not tried again: "It tries every ten minutes
// where WeChat refuses it a token", says docs/alerts.md.
const credentialPause = 10*time.Minute - time.Second

// counts reports whether a refusal counts for a call: since then neither the configuration
// nor the replica that polls the account has changed, and no clock.
func (r refusal) counts(c call, m *model) bool {
	return r.reloads == c.reloads && m.clockRightSince(r.at.Add(-2*time.Minute)) && !m.heldSince(c.process, c.account).After(r.at)
}

// asksAgain checks that no token is asked for soon after the credentials were refused.
func (m *model) asksAgain(c call) {
	of := holder{c.process, c.account}
	if r, refused := m.refusals[of]; refused && r.counts(c, m) && c.at.Before(r.at.Add(credentialPause)) {
		m.breaks(4, "a token of account %d is asked for, although WeChat refused its credentials at %s", c.account, stamp(r.at))
	}
	delete(m.refusals, of) // until it refuses them again
}

// triesAgain checks that after such an answer to a question a single request tries the
// credentials, and not soon. Those that were under way may take a minute more.
func (m *model) triesAgain(c call, attempt int) {
	of := holder{c.process, c.account}
	r, refused := m.denials[of]
	pause := c.at.Sub(r.at)
	if !refused || !r.counts(c, m) || attempt > 1 || c.api == r.trying || pause < time.Minute {
		return
	}
	if pause < credentialPause || r.trying != "" {
		m.breaks(4, "%s of account %d is called, although WeChat refused the credentials at %s, and %q tries them", c.api, c.account, stamp(r.at), r.trying)
	}
	r.trying = c.api
	m.denials[of] = r
}

// credentialsAnswered notes whether the end of a call leaves the credentials refused.
func (m *model) credentialsAnswered(c call, a *answer) {
	of := holder{c.process, c.account}
	if slices.Contains(tokenCalls, c.api) {
		return
	}
	delete(m.refusals, of)
	delete(m.denials, of)
	if a != nil && a.status == http.StatusOK && documentOf(c.api) != nil && slices.Contains(badCredentials, code(a.body)) {
		m.denials[of] = refusal{at: time.Now(), reloads: c.reloads}
	}
}
