package exposition

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/prometheus/common/expfmt"
	"golang.org/x/text/unicode/norm"

	"github.com/wxexporter/wx_exporter/collector"
)

// Metrics serves all units and the metrics of the process. The parameter
// collect[] keeps families.
func (c *Cache) Metrics() http.Handler {
	return c.handler(func(w http.ResponseWriter, r *http.Request, q url.Values) {
		f, keep, page := negotiate(w, r), selection(q["collect[]"]), c.page.Load()
		var body member
		if keep == nil {
			c.asked[f].Store(true)
			body = page.all[f]()
		} else {
			body = join(f, keep.of(page.units))
		}
		tail := member{raw: body.raw, crc: body.crc}
		if keep.has(collector.Exporter) {
			tail.add(c.currentProcess(r.Context()).in[f])
		}
		c.send(w, r, f, body, tail)
	})
}

// Probe serves the units of the account that the parameter target names: 404
// if there is none, 400 without target. collect[] works as it does for Metrics. What
// is this process' own is left out, so that counters do not seem to fall where
// scrapes reach one replica after another.
func (c *Cache) Probe() http.Handler {
	return c.handler(func(w http.ResponseWriter, r *http.Request, q url.Values) {
		target := norm.NFC.String(q.Get("target")) // as names of accounts are
		if target == "" {
			http.Error(w, "the parameter target is missing: the name of an account", http.StatusBadRequest)
			return
		}
		units, known := c.units(target)
		if !known {
			http.Error(w, fmt.Sprintf("no account is named %q", target), http.StatusNotFound)
			return
		}
		f := negotiate(w, r)
		shared := slices.DeleteFunc(selection(q["collect[]"]).of(units), func(u *unit) bool { return u.family == collector.Own })
		body := join(f, shared)
		c.send(w, r, f, body, member{raw: body.raw, crc: body.crc})
	})
}

// units returns what is shown of an account.
func (c *Cache) units(account string) (units []*unit, known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if a := c.accounts[account]; a != nil {
		return a.shown, true
	}
	return nil, false
}

// handler adds to serve what both pages have in common: the check of collect[].
func (c *Cache) handler(serve func(http.ResponseWriter, *http.Request, url.Values)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		for _, family := range q["collect[]"] {
			if c.opts.Families != nil && !slices.Contains(c.opts.Families, family) {
				http.Error(w, fmt.Sprintf("collect[]: no collector is named %q", family), http.StatusBadRequest)
				return
			}
		}
		serve(w, r, q)
	})
}

// negotiate chooses the format of an answer and names it in the header.
func negotiate(w http.ResponseWriter, r *http.Request) format {
	f := expfmt.NegotiateAccept(r.Header, expfmt.FmtOpenMetrics_1_0_0, expfmt.FmtOpenMetrics_0_0_1, expfmt.FmtText)
	w.Header().Set("Content-Type", string(f))
	w.Header().Add("Vary", "Accept")
	w.Header().Add("Vary", "Accept-Encoding")
	if f.FormatType() == expfmt.TypeOpenMetrics {
		return openMetrics
	}
	return text
}

// acceptsGzip reports whether a client names gzip, and not with q=0.
func acceptsGzip(r *http.Request) bool {
	for encoding := range strings.SplitSeq(strings.Join(r.Header["Accept-Encoding"], ","), ",") {
		if name, parameters, err := mime.ParseMediaType(encoding); err == nil && name == "gzip" {
			q, err := strconv.ParseFloat(parameters["q"], 64)
			return parameters["q"] == "" || err == nil && q > 0
		}
	}
	return false
}

// send ends the member that body and tail are, and writes it.
func (c *Cache) send(w http.ResponseWriter, r *http.Request, f format, body, tail member) {
	if f == openMetrics {
		tail.add(c.eof)
	}
	tail.end()
	zipped, length := acceptsGzip(r), tail.raw
	if zipped {
		w.Header().Set("Content-Encoding", "gzip")
		length = len(body.b) + len(tail.b)
	}
	w.Header().Set("Content-Length", strconv.Itoa(length))
	// When a write fails, the body is shorter than its Content-Length, for which
	// net/http closes the connection.
	if zipped {
		_, _ = w.Write(body.b)
		_, _ = w.Write(tail.b)
	} else if z, err := gzip.NewReader(io.MultiReader(bytes.NewReader(body.b), bytes.NewReader(tail.b))); err == nil {
		_, _ = io.Copy(w, z)
	}
}
