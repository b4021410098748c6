package simulation

import "slices"

// families are the names of the collectors of Official Accounts, all but revenue.
var families = []string{"user", "message", "interface", "article", "publish"}

// familiesOf are the collectors that there are for a type of account, revenue the last.
func familiesOf(kind string) []string {
	if kind == mini {
		return []string{"mini", "miniops", "revenue"}
	}
	return append(slices.Clone(families), "revenue")
}

// declared is the type that the configuration says of an account.
func (a Account) declared() string {
	switch {
	case !a.Wrong:
		return a.Type
	case a.Type == mini:
		return ""
	}
	return mini
}

// collectors are those of an account: all that the flags allow, if it names none.
func (w *world) collectors(account int) []string {
	a := w.applied.Accounts[account]
	if a.Collectors != nil {
		return a.Collectors
	}
	all := familiesOf(a.declared())
	if !w.applied.Config.Revenue {
		all = all[:len(all)-1]
	}
	return all
}

// polls reports whether an API of an account is polled.
func (w *world) polls(account int, d *document) bool {
	return w.present[account] && d.of(w.applied.Accounts[account].declared()) && slices.Contains(w.collectors(account), d.family)
}

// of reports whether accounts of a type have an API.
func (d *document) of(kind string) bool { return d.types == both || d.types == kind }

// isSwitchedOff reports whether WeChat last said of an API that it is switched off, so that
// for a week it is not asked whether the account is a publisher.
func (w *world) isSwitchedOff(account int, api string) bool {
	w.model.mu.Lock()
	defer w.model.mu.Unlock()
	return w.model.codes[place{account: account, api: api}] == 47009
}

// told checks that an account of a wrong type is told, in wx_up and on /status, and that
// it is no failure to be no publisher.
func (w *world) told(page series, status string, account int) {
	a := w.applied.Accounts[account]
	states := page.states(w.names[account])
	for api, state := range states {
		if d := documentOf(api); d != nil && d.family == "revenue" && w.applied.Config.length(d) > 0 && !a.Publisher && state != "denied" && !w.isSwitchedOff(account, api) && !w.hasBadDates(account, api) {
			w.breaks(8, "%s of account %d, which is no publisher, is %s", api, account, state)
		}
	}
	if collectors := w.collectors(account); a.Wrong && !slices.Contains(collectors, "revenue") {
		if up := page.value("wx_up", "account", w.names[account]); up != 0 {
			w.breaks(8, "wx_up of account %d, which is of another type, is %v, its APIs are %v", account, up, states)
		}
		refused := slices.ContainsFunc(documents, func(d document) bool { return w.hasBadDates(account, d.name) }) // and so not denied
		if !refused && !containsAll(status, w.names[account], "type is right") {
			w.breaks(8, "/status does not say that the type of account %d may be wrong", account)
		}
	}
}
