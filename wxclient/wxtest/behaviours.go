package wxtest

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/wxexporter/wx_exporter/calendar"
)

const (
	offlineCode    = 47009
	offlineMessage = "this api is offline, please use the new api"
	quotaCode      = 45009
	quotaMessage   = "reach max api daily quota limit"
)

// Late lets the data of the named days (none: of all) appear that much later
// than Options.ReadyAt.
func Late(by time.Duration, days ...calendar.Day) Behaviour {
	return Behaviour{late: func(d calendar.Day) time.Duration {
		if len(days) == 0 || slices.Contains(days, d) {
			return by
		}
		return 0
	}}
}

// answering is a behaviour that answers before any check.
func answering(f func(*WeChat, *exchange) reply) Behaviour { return Behaviour{answer: f} }

// Errcode answers with an error code. The message gets a tail with a rid, as
// all messages of WeChat.
func Errcode(code int, message string) Behaviour {
	return answering(func(w *WeChat, _ *exchange) reply { return w.fail(code, message) })
}

// Offline answers that the API was switched off.
func Offline() Behaviour { return Errcode(offlineCode, offlineMessage) }

// QuotaSpent answers that the day's calls are used up.
func QuotaSpent() Behaviour { return Errcode(quotaCode, quotaMessage) }

// NothingBefore refuses dates before a day, of which WeChat has nothing.
func NothingBefore(first calendar.Day) Behaviour {
	return answering(func(w *WeChat, x *exchange) reply {
		if f := x.endpoint.form; f != nil && (!x.ask.ok || x.ask.begin < first) {
			return f.fail(w, f.outside, "date range error")
		}
		return reply{}
	})
}

// IPNotAllowed answers that the caller's address is not on the account's list.
func IPNotAllowed(ip string) Behaviour {
	return Errcode(40164, fmt.Sprintf("invalid ip %s ipv6 ::ffff:%s, not in whitelist", ip, ip))
}

// HTTPStatus answers with a page of HTML, as the machines before WeChat do.
func HTTPStatus(status int) Behaviour {
	return answering(func(*WeChat, *exchange) reply { return htmlReply(status) })
}

// NotJSON answers HTTP 200 and a page of HTML under the name of JSON, as a
// captive portal does.
func NotJSON() Behaviour {
	return answering(func(*WeChat, *exchange) reply {
		rep := htmlReply(http.StatusOK)
		rep.contentType = typeJSON
		return rep
	})
}

// Reset closes the connection without an answer.
func Reset() Behaviour {
	return answering(func(*WeChat, *exchange) reply { panic(http.ErrAbortHandler) })
}

// Hang never answers. It ends with the client's patience.
func Hang() Behaviour {
	return answering(func(_ *WeChat, x *exchange) reply {
		<-x.request.Context().Done()
		panic(http.ErrAbortHandler)
	})
}

// Wait lets some time pass before the answer, which is the one of the moment at
// which the request arrived.
func Wait(d time.Duration) Behaviour {
	return answering(func(_ *WeChat, x *exchange) reply {
		if !sleep(x.request, d) {
			panic(http.ErrAbortHandler)
		}
		return reply{}
	})
}

// sleep tells whether the request still stands after d.
func sleep(r *http.Request, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

// sending is a behaviour that sends a reply in its own way.
func sending(f func(http.ResponseWriter, *http.Request, reply)) Behaviour {
	return Behaviour{send: f}
}

// maxSteps bounds the pieces of a long body that trickles.
const maxSteps = 1000

// Trickle sends the header at once and the body byte by byte, so that it takes
// d in all. (Of a long body, a thousand pieces.)
func Trickle(d time.Duration) Behaviour {
	return sending(func(rw http.ResponseWriter, r *http.Request, rep reply) {
		rep.header(rw)
		flush(rw)
		size := len(rep.body)/maxSteps + 1
		steps := (len(rep.body) + size - 1) / size
		for rest := rep.body; len(rest) > 0; {
			if !sleep(r, d/time.Duration(steps)) {
				panic(http.ErrAbortHandler)
			}
			n := min(size, len(rest))
			if _, err := rw.Write(rest[:n]); err != nil {
				return
			}
			flush(rw)
			rest = rest[n:]
		}
	})
}

func flush(rw http.ResponseWriter) { _ = http.NewResponseController(rw).Flush() }

// Truncate sends half of the body that the header has announced, and closes the
// connection.
func Truncate() Behaviour {
	return sending(func(rw http.ResponseWriter, _ *http.Request, rep reply) {
		rep.header(rw)
		rw.Write(rep.body[:len(rep.body)/2])
		flush(rw)
		panic(http.ErrAbortHandler)
	})
}

// Half sends half of the body as if it were the whole: HTTP is in order, the
// JSON is not.
func Half() Behaviour {
	return sending(func(rw http.ResponseWriter, _ *http.Request, rep reply) {
		rep.body = rep.body[:len(rep.body)/2]
		rep.send(rw)
	})
}

// Huge puts that many MiB of an unknown field before the answer. It is JSON,
// and all is right but the size.
func Huge(mib int) Behaviour {
	return sending(func(rw http.ResponseWriter, _ *http.Request, rep reply) {
		const key = `{"padding":"`
		rw.Header().Set("Content-Type", rep.contentType)
		rw.Header().Set("Content-Length", strconv.Itoa(len(key)+mib<<20+len(`",`)+len(rep.body)-1))
		rw.WriteHeader(rep.status)
		rw.Write([]byte(key))
		piece := bytes.Repeat([]byte("x"), 1<<16)
		for range mib << 4 {
			if _, err := rw.Write(piece); err != nil {
				return // the client has had enough
			}
		}
		rw.Write([]byte(`",`))
		rw.Write(rep.body[1:])
	})
}
