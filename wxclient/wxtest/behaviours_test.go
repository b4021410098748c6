package wxtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/wxexporter/wx_exporter/calendar/calendartest"
)

// eachWay runs a test over loopback HTTP and over the Transport.
func eachWay(t *testing.T, w *WeChat, f func(t *testing.T, c client)) {
	t.Run("loopback", func(t *testing.T) {
		server := httptest.NewServer(w)
		defer server.Close()
		defer server.Client().CloseIdleConnections()
		f(t, client{t, server.Client(), server.URL})
	})
	t.Run("transport", func(t *testing.T) { f(t, inProcess(t, w)) })
}

// rowsMatch tells whether an answer has the rows of the last days up to end,
// and no others.
func rowsMatch(t *testing.T, w *WeChat, got []json.RawMessage, api, begin, end string) bool {
	t.Helper()
	var want []json.RawMessage
	for d := calendartest.Day(t, begin); d <= calendartest.Day(t, end); d++ {
		want = append(want, w.Rows(oldID, api, d)...)
	}
	return slices.EqualFunc(got, want, func(a, b json.RawMessage) bool { return string(a) == string(b) })
}

func TestBehaviours(t *testing.T) {
	const api, begin, end = "getarticletotal", "2026-11-18", "2026-11-18"
	for _, c := range []struct {
		name      string
		behaviour Behaviour
		check     func(w *WeChat, a answer, err error) bool
	}{
		{"Errcode", Errcode(61503, "data not ready"), func(_ *WeChat, a answer, err error) bool {
			return err == nil && a.Status == 200 && a.Errcode == 61503 && strings.HasPrefix(a.Errmsg, "data not ready rid: ")
		}},
		{"Offline", Offline(), func(_ *WeChat, a answer, err error) bool {
			return err == nil && a.Errcode == 47009
		}},
		{"QuotaSpent", QuotaSpent(), func(_ *WeChat, a answer, err error) bool {
			return err == nil && a.Errcode == 45009
		}},
		{"IPNotAllowed", IPNotAllowed("203.0.113.7"), func(_ *WeChat, a answer, err error) bool {
			return err == nil && a.Errcode == 40164 && strings.Contains(a.Errmsg, " 203.0.113.7 ")
		}},
		{"HTTPStatus", HTTPStatus(502), func(_ *WeChat, a answer, err error) bool {
			return a.Status == 502 && strings.Contains(a.Body, "<h1>502 Bad Gateway</h1>")
		}},
		{"NotJSON", NotJSON(), func(_ *WeChat, a answer, err error) bool {
			return a.Status == 200 && err != nil && strings.Contains(a.Body, "<html>")
		}},
		{"Reset", Reset(), func(_ *WeChat, a answer, err error) bool {
			return errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET)
		}},
		{"Truncate", Truncate(), func(_ *WeChat, a answer, err error) bool {
			return errors.Is(err, io.ErrUnexpectedEOF) && strings.HasPrefix(a.Body, `{"list":[{`) && !strings.HasSuffix(a.Body, "]}")
		}},
		{"Half", Half(), func(_ *WeChat, a answer, err error) bool {
			var syntax *json.SyntaxError
			return errors.As(err, &syntax) && strings.HasPrefix(a.Body, `{"list":[{`)
		}},
		{"Huge", Huge(3), func(w *WeChat, a answer, err error) bool {
			return err == nil && len(a.Body) > 3<<20 && rowsMatch(t, w, a.List, api, begin, end)
		}},
		{"Wait", Wait(time.Millisecond), func(w *WeChat, a answer, err error) bool {
			return err == nil && rowsMatch(t, w, a.List, api, begin, end)
		}},
		{"Trickle", Trickle(time.Millisecond), func(w *WeChat, a answer, err error) bool {
			return err == nil && rowsMatch(t, w, a.List, api, begin, end)
		}},
		{"Empty", Empty(), func(_ *WeChat, a answer, err error) bool { return a.Body == `{"list":[]}` }},
		{"EmptyNull", EmptyNull(), func(_ *WeChat, a answer, err error) bool { return a.Body == `{"list":null}` }},
		{"EmptyMissing", EmptyMissing(), func(_ *WeChat, a answer, err error) bool { return a.Body == `{}` }},
		{"Delayed", Delayed(1), func(w *WeChat, a answer, err error) bool {
			return err == nil && a.IsDelay == true && rowsMatch(t, w, a.List, api, begin, end)
		}},
		{"DelayedText", DelayedText(0), func(w *WeChat, a answer, err error) bool {
			return err == nil && a.IsDelay == "true" && strings.Contains(a.Body, `"int_page_read_user":0,`)
		}},
		{"WrongTypes", WrongTypes(), func(_ *WeChat, a answer, err error) bool {
			var wrong *json.UnmarshalTypeError
			return errors.As(err, &wrong) && wrong.Field == "list"
		}},
		{"OutsideRows", OutsideRows(), func(w *WeChat, a answer, err error) bool {
			extra := len(OutsideDays())
			for i, d := range OutsideDays() {
				if !strings.Contains(string(a.List[i]), `"ref_date":"`+(calendartest.Day(t, begin)+d).String()+`"`) {
					return false
				}
			}
			return rowsMatch(t, w, a.List[extra:], api, begin, end)
		}},
		{"Duplicates", Duplicates(), func(w *WeChat, a answer, err error) bool {
			rows := decoded(t, a.List)
			right := decoded(t, w.Rows(oldID, api, calendartest.Day(t, begin)))
			n := len(right)
			if len(rows) != 2*n || n == 0 {
				return false
			}
			for i := range right {
				wrong, last := rows[i]["details"].([]any), rows[n+i]["details"].([]any)
				want := right[i]["details"].([]any)
				if rows[i]["msgid"] != right[i]["msgid"] || fmt.Sprint(wrong) == fmt.Sprint(want) ||
					len(last) != 2*len(want) || fmt.Sprint(last[len(want):]) != fmt.Sprint(want) || fmt.Sprint(last[:len(want)]) == fmt.Sprint(want) {
					return false
				}
			}
			return true
		}},
		{"Malformed", Malformed(), func(w *WeChat, a answer, err error) bool {
			return err == nil && rowsMatch(t, w, a.List[MalformedRows:], api, begin, end) && string(a.List[0]) == "17"
		}},
		{"BadText", BadText(), func(_ *WeChat, a answer, err error) bool {
			return err != nil && strings.Contains(a.Body, "\"title\":\"\x01") && !utf8.ValidString(a.Body)
		}},
		{"Together", Together(Wait(time.Millisecond), OutsideRows(), Empty(), Delayed(1), Trickle(time.Millisecond)), func(_ *WeChat, a answer, err error) bool {
			return err == nil && a.Body == `{"list":[],"is_delay":true}`
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, _ := newTest(t, friday)
			remove := w.Fault(Match{AppID: oldID, API: api}, c.behaviour)
			eachWay(t, w, func(t *testing.T, cl client) {
				if a, err := cl.tryAsk(oldID, api, begin, end); !c.check(w, a, err) {
					t.Errorf("%d, %v: %.200s", a.Status, err, a.Body)
				}
			})
			remove()
			eachWay(t, w, func(t *testing.T, cl client) {
				if a := cl.ask(oldID, api, begin, end); len(a.List) == 0 || !rowsMatch(t, w, a.List, api, begin, end) {
					t.Errorf("after it was removed: %.200s", a.Body)
				}
			})
		})
	}
}

// Every behaviour that changes rows has something to change in every API, and
// for an account in which nothing happens.
func TestRowBehavioursOfEveryAPI(t *testing.T) {
	for _, idle := range []bool{false, true} {
		w, _ := newTest(t, friday)
		if idle {
			w.Idle(oldID)
		}
		c := inProcess(t, w)
		for _, api := range APIs() {
			date := "2026-11-18"
			switch {
			case strings.HasSuffix(api, "week"):
				date = "2026-11-09"
			case strings.HasSuffix(api, "month"):
				date = "2026-10-01"
			}
			want := len(w.Rows(oldID, api, calendartest.Day(t, date)))
			if want == 0 && !idle {
				t.Errorf("%s has no rows on %s", api, date)
			}
			for _, b := range []struct {
				name string
				with Behaviour
				rows int
			}{
				{"Malformed", Malformed(), want + MalformedRows},
				{"OutsideRows", OutsideRows(), want + len(OutsideDays())},
				{"Duplicates", Duplicates(), 2 * want},
				{"BadText", BadText(), -1},
			} {
				remove := w.Fault(Match{API: api}, b.with)
				a, err := c.tryAsk(oldID, api, date, date)
				if b.rows >= 0 && (err != nil || len(a.List) != b.rows) {
					t.Errorf("%s with %s: %d rows, want %d (%v)", api, b.name, len(a.List), b.rows, err)
				}
				if b.rows < 0 && want > 0 && err == nil {
					t.Errorf("%s with %s: encoding/json takes %.200s", api, b.name, a.Body)
				}
				remove()
			}
		}
	}
}

func TestLate(t *testing.T) {
	w, clock := newTest(t, friday)
	c := inProcess(t, w)
	newest := func(api string) string {
		rows := decoded(t, c.ask(oldID, api, "2026-11-13", "2026-11-19").List)
		return rows[len(rows)-1]["ref_date"].(string)
	}
	w.Fault(Match{API: "getusercumulate"}, Late(30*time.Hour))
	w.Fault(Match{API: "getupstreammsg"}, Late(5*time.Hour, calendartest.Day(t, "2026-11-19")))
	if a, b, o := newest("getusercumulate"), newest("getupstreammsg"), newest("getusersummary"); a != "2026-11-17" || b != "2026-11-18" || o != "2026-11-19" {
		t.Errorf("at noon: all days 30 hours late %s, one day five hours late %s, others %s", a, b, o)
	}
	clock.add(time.Hour)
	if b := newest("getupstreammsg"); b != "2026-11-19" {
		t.Errorf("five hours after 08:00: %s", b)
	}
	clock.add(time.Hour + time.Second)
	if a := newest("getusercumulate"); a != "2026-11-18" {
		t.Errorf("thirty hours after 08:00 of the day before: %s", a)
	}
	w.Fault(Match{API: "getarticletotaldetail"}, Together(Late(time.Hour), Late(30*time.Hour)))
	if a := c.ask(oldID, "getarticletotaldetail", "2026-11-19", "2026-11-19"); a.IsDelay != true || len(a.List) != 0 {
		t.Errorf("a publishing day 31 hours late: %s", a.Body)
	}
	sent := calendartest.Day(t, "2026-11-16")
	for len(w.Rows(oldID, "getarticletotaldetail", sent)) == 0 {
		sent--
	}
	days := decoded(t, c.ask(oldID, "getarticletotaldetail", sent.String(), sent.String()).List)[0]["detail_list"].([]any)
	if last := days[len(days)-1].(map[string]any)["stat_date"]; last != "2026-11-17" {
		t.Errorf("newest stat_date is %v", last)
	}
}

func TestMatch(t *testing.T) {
	w, clock := newTest(t, friday)
	c := inProcess(t, w)
	code := func(app, api string) int { return c.ask(app, api, "2026-11-19", "2026-11-19").Errcode }
	noon := clock.now()
	w.Fault(Match{AppID: oldID, API: "getusersummary", Times: 2}, Errcode(1, "first"))
	w.Fault(Match{AppID: oldID, API: "getusersummary", From: noon.Add(time.Hour), Until: noon.Add(2 * time.Hour)}, Errcode(2, "second"))
	w.Fault(Match{AppID: newID, API: Statistics}, Errcode(3, "third"))
	remove := w.Fault(Match{API: Tokens}, Errcode(4, "fourth"))
	if a := c.do("POST", "/cgi-bin/stable_token", `{}`); a.Errcode != 4 {
		t.Errorf("a token endpoint: %+v", a)
	}
	remove()
	got := []int{code(oldID, "getusersummary"), code(oldID, "getusersummary"), code(oldID, "getusersummary")}
	clock.add(time.Hour)
	got = append(got, code(oldID, "getusersummary"), code(oldID, "getusercumulate"), code(newID, "getusersummary"), code(newID, "getbizsummary"))
	clock.add(time.Hour)
	got = append(got, code(oldID, "getusersummary"))
	if want := []int{1, 1, 0, 2, 0, 3, 3, 0}; !slices.Equal(got, want) {
		t.Errorf("codes %v, want %v", got, want)
	}
}

func TestHangEndsWithTheClient(t *testing.T) {
	w, _ := newTest(t, friday)
	w.Fault(Match{API: "getusersummary"}, Hang())
	eachWay(t, w, func(t *testing.T, c client) {
		token := c.token(oldID)
		w.ResetCalls()
		ctx, cancel := context.WithCancel(t.Context())
		req, err := http.NewRequestWithContext(ctx, "POST", c.base+"/datacube/getusersummary?access_token="+token, strings.NewReader(dates("2026-11-19", "2026-11-19")))
		if err != nil {
			t.Fatal(err)
		}
		failed := make(chan error)
		go func() {
			_, err := c.http.Do(req)
			failed <- err
		}()
		for w.Count(oldID, "getusersummary") == 0 {
			select {
			case err := <-failed:
				t.Fatalf("ended by itself: %v", err)
			default:
			}
		}
		cancel()
		if err := <-failed; !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		if calls := w.Calls(); len(calls) != 1 || calls[0].Status != 0 {
			t.Errorf("calls: %+v", calls)
		}
	})
}
