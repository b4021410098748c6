package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Sent is that a receiver of the history was sent a day.
type Sent struct {
	Account, API, Date string
	Fetched            time.Time // of the day as it was sent
	Sum                string    // of its rows; "" when the receiver refused them
	Again              time.Time // when to send it once more; zero is not at all
}

// Unsent returns the days of an account that a receiver is still to be sent, as
// they were last sent to it, if they were: the newest days first. They are those
// that are final, have rows, and were fetched since, or are to be sent again.
func (s *Store) Unsent(receiver, account string, now time.Time) (all []Sent, err error) {
	err = s.query(func(r *sql.Rows) error {
		one := Sent{Account: account}
		var again string
		if err := r.Scan(&one.API, &one.Date, &one.Sum, &again); err != nil {
			return err
		}
		one.Again, _ = time.Parse(timeFormat, again) // "" is none
		all = append(all, one)
		return nil
	}, "SELECT d.api, d.date, coalesce(s.sum, ''), coalesce(s.again_at, '') FROM days d"+
		" LEFT JOIN sent s ON s.receiver = $1 AND s.account = d.account AND s.api = d.api AND s.date = d.date"+
		" WHERE d.account = $2 AND NOT d.open AND (s.fetched_at IS NULL OR s.fetched_at <> d.fetched_at OR s.again_at <> '' AND s.again_at <= $3)"+
		" AND ("+s.dialect.markedRows+") <> '[]' ORDER BY d.date DESC, d.api", receiver, account, now.UTC().Format(timeFormat))
	return all, err
}

// SetSent notes that a receiver was sent days. It does not wait in memory: after
// an error it is as if they had not been sent.
func (s *Store) SetSent(receiver string, days ...Sent) error {
	s.dbMu.RLock()
	defer s.dbMu.RUnlock()
	ctx, cancel := s.dialect.limit(context.Background())
	defer cancel()
	err := s.change(ctx, func(tx *sql.Tx) error {
		for _, d := range days {
			again := ""
			if !d.Again.IsZero() {
				again = d.Again.UTC().Format(timeFormat)
			}
			if _, err := tx.ExecContext(ctx, upsertOf["sent"], receiver, d.Account, d.API, d.Date, d.Fetched.UTC().Format(timeFormat), d.Sum, again); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		s.failed(err)
		return &loggedError{fmt.Errorf("write what was sent: %w", err)}
	}
	return nil
}

// RetryRefused marks the days that a receiver refused as not sent.
func (s *Store) RetryRefused(receiver string) error {
	s.dbMu.RLock()
	defer s.dbMu.RUnlock()
	ctx, cancel := s.dialect.limit(context.Background())
	defer cancel()
	if err := s.execute(ctx, "DELETE FROM sent WHERE receiver = $1 AND sum = ''", receiver); err != nil {
		s.failed(err)
		return &loggedError{fmt.Errorf("forget what was refused: %w", err)}
	}
	return nil
}
