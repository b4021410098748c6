package egress

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// MaxDelay is the longest delay that a server is granted.
const MaxDelay = time.Hour

// Delay reads the header Retry-After, a number of seconds or a date. It is between
// nothing and MaxDelay; without the header, or with one that says nothing, it is 0.
func Delay(header http.Header, now time.Time) time.Duration {
	text := strings.TrimSpace(header.Get("Retry-After"))
	if at, err := http.ParseTime(text); err == nil {
		return min(max(at.Sub(now), 0), MaxDelay)
	}
	// What is no number is 0, and what is out of range the largest or smallest one.
	seconds, _ := strconv.ParseInt(text, 10, 64)
	return time.Duration(min(max(seconds, 0), int64(MaxDelay/time.Second))) * time.Second
}
