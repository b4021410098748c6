package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Forget deletes all that the store holds of an account, by its ID, and returns how
// many days that was. It is an error while a replica polls the account: that would
// store more of it.
func (s *Store) Forget(ctx context.Context, account string) (days int64, err error) {
	err = s.change(ctx, func(tx *sql.Tx) error {
		var replica string
		err := tx.QueryRowContext(ctx, "SELECT replica FROM leases WHERE account = $1 AND until > "+s.dialect.now, account).Scan(&replica)
		if err == nil {
			return fmt.Errorf("replica %s polls it; take it out of the replicas' configuration first", replica)
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		for _, statement := range []string{
			"DELETE FROM state WHERE account = $1", "DELETE FROM sent WHERE account = $1", "DELETE FROM leases WHERE account = $1",
			"DELETE FROM accounts WHERE id = $1", "DELETE FROM days WHERE account = $1", // the last one is counted
		} {
			result, err := tx.ExecContext(ctx, statement, account)
			if err == nil {
				days, err = result.RowsAffected()
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = s.dialect.erase(ctx, s.db)
	}
	return days, err
}
