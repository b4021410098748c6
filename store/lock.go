package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// lockName is the file that the process which uses a store holds locked. The
// lock goes with the process, however that ends; the content only tells a
// second process who the first one is.
const lockName = "wx_exporter.lock"

// lockRetry is how often a lock that is taken is tried again.
const lockRetry = 50 * time.Millisecond

// holder is the content of the lock file.
type holder struct {
	PID   int       `json:"pid"`
	Host  string    `json:"host"`
	Since time.Time `json:"since"`
}

func (h holder) String() string {
	return fmt.Sprintf("process %d on %s (since %s)", h.PID, h.Host, h.Since.Format(time.RFC3339))
}

// acquire locks the file at path for as long as it stays open. When another
// process has it, acquire waits a little, for that process may be ending.
func acquire(path string, wait time.Duration, now time.Time) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	retry := time.NewTicker(lockRetry)
	defer retry.Stop()
	for deadline := time.Now().Add(wait); ; <-retry.C {
		err = flock(f)
		if !errors.Is(err, errLocked) || time.Now().After(deadline) {
			break
		}
	}
	switch {
	case errors.Is(err, errLocked):
		err = fmt.Errorf("in use by %s", readHolder(f))
	case err != nil:
		err = fmt.Errorf("lock %s: %w", path, err)
	default:
		err = writeHolder(f, now)
	}
	if err != nil {
		_ = f.Close() // the error that matters is err
		return nil, err
	}
	return f, nil
}

func writeHolder(f *os.File, now time.Time) error {
	host, err := os.Hostname()
	if err != nil {
		host = "an unknown host"
	}
	text, err := json.Marshal(holder{PID: os.Getpid(), Host: host, Since: now.UTC().Truncate(time.Second)})
	if err != nil {
		return err
	}
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err = f.WriteAt(append(text, '\n'), 0)
	return err
}

// readHolder describes who holds the lock, as well as the lock file tells.
func readHolder(f *os.File) string {
	var h holder
	text, err := io.ReadAll(io.NewSectionReader(f, 0, 4096))
	if err != nil || json.Unmarshal(text, &h) != nil {
		return "another process"
	}
	return h.String()
}
