package history

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/mattn/go-isatty"
)

// progressPause is how long a line of progress stays.
const progressPause = 200 * time.Millisecond

// Progress returns a function that shows on a terminal how far an export is, and
// one that ends the line. On anything else they show nothing.
func Progress(terminal *os.File, now func() time.Time) (show func(view string, lines int), end func()) {
	if !isatty.IsTerminal(terminal.Fd()) {
		return func(string, int) {}, func() {}
	}
	return progress(terminal, now)
}

func progress(terminal io.Writer, now func() time.Time) (show func(view string, lines int), end func()) {
	var last time.Time
	show = func(view string, lines int) {
		if at := now(); at.Sub(last) >= progressPause {
			last = at
			fmt.Fprintf(terminal, "\r\x1b[K%s: %d lines", view, lines)
		}
	}
	return show, func() { fmt.Fprint(terminal, "\r\x1b[K") }
}
