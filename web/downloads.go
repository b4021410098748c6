package web

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"time"

	"github.com/go-kit/log/level"
	"golang.org/x/text/unicode/norm"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/poll"
	"github.com/wxexporter/wx_exporter/web/sheets"
	"github.com/wxexporter/wx_exporter/web/texts"
)

const (
	maxDownloadDays     = 400
	maxDownloadAccounts = 50
	downloadAgain       = "10" // seconds after which somebody may ask again
)

// Tables is an open store that downloads are made of.
type Tables interface {
	sheets.Reader
	io.Closer
}

// wish is what somebody wants to download.
type wish struct {
	book   sheets.Book
	format string
}

// downloads serves tables of the store as files: one at a time, for each takes the
// store's and the processor's time. It is made before it is sent, so that no slow
// client holds it up.
func downloads(o Options) http.Handler {
	place := make(chan struct{}, 1)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l := texts.Of(r)
		wanted, err := wishOf(l, r.URL.Query(), o.Status(), calendar.DayOf(o.Now()))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		select {
		case place <- struct{}{}:
		default:
			w.Header().Set("Retry-After", downloadAgain)
			http.Error(w, l.Say("Another download is being made; try again in a few seconds."), http.StatusServiceUnavailable)
			return
		}
		wanted.book.Dir, wanted.book.Made = o.Spool, fmt.Sprintf("wx_exporter %s, %s", o.Version, o.Now().In(calendar.Beijing).Format(time.DateTime))
		file, err := spool(r.Context(), o, wanted)
		<-place
		if err != nil {
			level.Error(o.Logger).Log("msg", "cannot make a download", "err", err)
			http.Error(w, l.Say("the page cannot be made; the log says why"), http.StatusInternalServerError)
			return
		}
		defer discard(file)
		kind := "text/csv; charset=utf-8"
		if wanted.format == "xlsx" {
			kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
		}
		name := "wechat"
		if len(wanted.book.Views) == 1 {
			name = wanted.book.Views[0].Name
		}
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", fmt.Sprintf("%s-%s-%s.%s", name, wanted.book.Since, wanted.book.Until, wanted.format)))
		if size, err := file.Seek(0, io.SeekEnd); err == nil {
			w.Header().Set("Content-Length", fmt.Sprint(size))
		}
		if _, err := file.Seek(0, io.SeekStart); err == nil && r.Method != http.MethodHead {
			_, _ = io.Copy(w, file)
		}
	})
}

// spool writes a download into a file of its own.
func spool(ctx context.Context, o Options, wanted wish) (file *os.File, err error) {
	from, err := o.Tables(ctx)
	if err != nil {
		return nil, err
	}
	defer from.Close()
	if file, err = os.CreateTemp(o.Spool, "download-*"); err != nil {
		return nil, fmt.Errorf("the environment variable TMPDIR names where else it can be made: %w", err)
	}
	if wanted.format == "xlsx" {
		err = wanted.book.XLSX(ctx, from, file)
	} else {
		err = wanted.book.CSV(ctx, from, wanted.book.Views[0], file)
	}
	if err != nil {
		discard(file)
		return nil, err
	}
	return file, nil
}

func discard(file *os.File) {
	_ = file.Close()
	_ = os.Remove(file.Name())
}

// wishOf reads the query. What is wrong with it is said in the language.
func wishOf(l texts.Language, q url.Values, accounts []poll.Status, today calendar.Day) (w wish, err error) {
	wrong := func(text string, args ...any) error { return fmt.Errorf("%s", l.Say(text, args...)) }
	w.format = q.Get("format")
	w.book.Language = l
	view := q.Get("view")
	w.book.Views = slices.DeleteFunc(sheets.Views(collector.Families()), func(v collector.View) bool { return view != "" && v.Name != view })
	switch {
	case w.format != "xlsx" && w.format != "csv":
		return w, wrong("the format is xlsx or csv")
	case len(w.book.Views) == 0, w.format == "csv" && view == "":
		return w, wrong("there is no table %q", view)
	}
	since, until := today-30, today-1
	for name, day := range map[string]*calendar.Day{"since": &since, "until": &until} {
		if text := q.Get(name); text != "" {
			if *day, err = calendar.ParseDay(text); err != nil {
				return w, wrong("%q is no day of the form YYYY-MM-DD", text)
			}
		}
	}
	if until < since || until-since >= maxDownloadDays {
		return w, wrong("a download has at most %d days; the command export has no limit", maxDownloadDays)
	}
	w.book.Since, w.book.Until = since.String(), until.String()
	for _, name := range q["account"] {
		name = norm.NFC.String(name)
		if !slices.ContainsFunc(accounts, func(s poll.Status) bool { return s.Account == name }) {
			return w, wrong("no account is named %q", name)
		}
		w.book.Accounts = append(w.book.Accounts, name)
	}
	if len(w.book.Accounts) == 0 {
		for _, s := range accounts {
			w.book.Accounts = append(w.book.Accounts, s.Account)
		}
	}
	if len(w.book.Accounts) > maxDownloadAccounts {
		return w, wrong("a download has at most %d accounts; the command export has no limit", maxDownloadAccounts)
	}
	return w, nil
}
