package exposition

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// Metrics serves all units and the process' own metrics. The parameter
// collect[] keeps families, name[] keeps metrics.
func (c *Cache) Metrics() http.Handler {
	return c.handler(func(w http.ResponseWriter, r *http.Request, q query) {
		s, a := c.acquire(), c.negotiated.of(r.Header)
		defer s.release()
		o := c.none
		if q.keep.has(Exporter) {
			o = c.own.page(r.Context(), a.format)
		}
		ready := !q.byName && a.serves(s.legacy && o.legacy)
		if ready && q.keep == nil {
			if p := c.page(s, o, a.format); !p.clashes {
				c.send(w, r, a, p.body)
				return
			}
		} else if ready && !s.clashes(o) {
			c.assemble(w, r, a, func(m *member) {
				s.addTo(m, a.format, q.keep)
				m.add(&o.chunk)
			})
			return
		}
		c.serveSlow(w, r, c.gatherers("", q.keep))
	})
}

// Probe serves the units of the account that the parameter target names, 404
// when there is none, 400 without target. collect[] and name[] work as they do
// for Metrics.
func (c *Cache) Probe() http.Handler {
	return c.handler(func(w http.ResponseWriter, r *http.Request, q query) {
		if q.target == "" {
			http.Error(w, "the parameter target is missing: the name of an account", http.StatusBadRequest)
			return
		}
		account := c.account(q.target)
		if account == nil {
			http.Error(w, fmt.Sprintf("no account is named %q", q.target), http.StatusNotFound)
			return
		}
		a := c.negotiated.of(r.Header)
		if q.byName || !a.serves(account.legacy) {
			c.serveSlow(w, r, c.gatherers(q.target, q.keep))
			return
		}
		if q.keep == nil {
			c.send(w, r, a, c.accountPage(account, a.format))
			return
		}
		c.assemble(w, r, a, func(m *member) { account.addTo(m, a.format, q.keep) })
	})
}

// query is the parameters of a request.
type query struct {
	target string
	keep   selection
	byName bool
}

func parseQuery(u *url.URL) query {
	if u.RawQuery == "" {
		return query{}
	}
	v := u.Query()
	return query{target: v.Get("target"), keep: v["collect[]"], byName: len(v["name[]"]) > 0}
}

// handler adds to serve what both pages have in common: the limit of concurrent
// requests and the check of their parameters.
func (c *Cache) handler(serve func(http.ResponseWriter, *http.Request, query)) http.Handler {
	limit := int64(c.opts.MaxConcurrent)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer c.serving.Add(-1)
		if n := c.serving.Add(1); limit > 0 && n > limit {
			http.Error(w, fmt.Sprintf("limit of concurrent requests reached (%d), try again later", limit), http.StatusServiceUnavailable)
			return
		}
		q := parseQuery(r.URL)
		for _, family := range q.keep {
			if c.opts.Families != nil && !slices.Contains(c.opts.Families, family) {
				http.Error(w, fmt.Sprintf("collect[]: no family is named %q", family), http.StatusBadRequest)
				return
			}
		}
		serve(w, r, q)
	})
}

// account returns an account's page-to-be, an empty one before it is rendered,
// or nil if there is no such account.
func (c *Cache) account(name string) *account {
	if a := c.snapshot.Load().accounts[name]; a != nil {
		return a
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.accounts[name] == nil {
		return nil
	}
	return newAccount(name, nil)
}

// assemble sends what add adds.
func (c *Cache) assemble(w http.ResponseWriter, r *http.Request, a *answer, add func(*member)) {
	m, _ := c.members.Get().(*member)
	if m == nil {
		m = new(member)
	}
	defer c.members.Put(m)
	*m = member{b: m.b[:0]}
	m.begin()
	add(m)
	c.end(m, a.format)
	b := newBody(nil, *m)
	c.send(w, r, a, &b)
}

// end completes a member in format f.
func (c *Cache) end(m *member, f format) {
	if f == openMetrics {
		m.add(&c.eof)
	}
	m.end()
}

// send writes a body and its headers.
func (c *Cache) send(w http.ResponseWriter, r *http.Request, a *answer, b *body) {
	h := w.Header()
	h["Content-Type"] = a.contentType
	if vary := h["Vary"]; vary == nil {
		h["Vary"] = a.vary
	} else {
		h["Vary"] = append(vary, a.vary...)
	}
	if a.contentEncoding != nil {
		h["Content-Encoding"] = a.contentEncoding
	}
	if length := b.length(a.encoding); length != nil {
		h["Content-Length"] = length
	}
	if r.Method == http.MethodHead {
		return
	}
	if c.opts.Timeout > 0 {
		limitSending(w, c.opts.Timeout)
	}
	if err := b.writeTo(w, a.encoding, &c.transcoders); err != nil {
		// The client is gone or too slow, and the body is not whole.
		panic(http.ErrAbortHandler)
	}
}

// limitSending cuts a response off that is not sent within a time: a client that
// does not read would occupy its place for ever. net/http ends the deadline with
// the response; other servers may have none.
func limitSending(w http.ResponseWriter, within time.Duration) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(within))
}
