package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"
)

// This file keeps bytes below a name until a time: what sessions, answers and secrets have
// in common. Times are in microseconds.

const (
	// never is the time of what does not expire.
	never = math.MaxInt64
	// maxID is how long the id of a row may be. MySQL might cut a longer one.
	maxID = 200
	// attempts is how often a claim is tried while others claim and free the same name.
	attempts = 3
)

var errContended = errors.New("others claim and free the key all the time")

// rows are the rows of one kind, whose names begin with it.
type rows struct {
	store *Store
	kind  string
}

// name returns the name of a row.
func (r rows) name(id string) (string, error) {
	if len(id) > maxID {
		return "", fault(r.kind, fmt.Errorf("a name of %d bytes: there may be %d", len(id), maxID))
	}
	return r.kind + " " + id, nil
}

// fault says where an error comes from.
func fault(kind string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("dram: contrib/sqlstore: %s: %w", kind, err)
}

// within calls the database, within Config.Timeout. A statement that the database has given
// up in favour of another runs again: each is a transaction by itself, so nothing of it is
// left.
func (s *Store) within(ctx context.Context, call func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	for {
		err := call(ctx)
		if err == nil || !givenUp(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(rand.N(pause)): // not in step with the other
		}
	}
}

// pause is the longest wait before a statement runs again.
const pause = 5 * time.Millisecond

// givenUp reports whether the database has undone a statement to let another one through: a
// deadlock, which InnoDB may see between any two writes, or a failure to serialize (SQLSTATE
// 40001 and 40P01). Drivers tell by a method or, go-sql-driver/mysql, in the message.
func givenUp(err error) bool {
	if state := interface{ SQLState() string }(nil); errors.As(err, &state) {
		return state.SQLState() == "40001" || state.SQLState() == "40P01"
	}
	return strings.Contains(err.Error(), "(40001)")
}

// exec runs a statement and returns how many rows it has affected.
func (s *Store) exec(ctx context.Context, st statement, args ...any) (n int64, err error) {
	err = s.within(ctx, func(ctx context.Context) error {
		result, err := s.db.ExecContext(ctx, st.text, st.arrange(args...)...)
		if err == nil {
			n, err = result.RowsAffected()
		}
		return err
	})
	return n, err
}

// find returns what a row holds, if it expires after now.
func (r rows) find(ctx context.Context, id string, now int64) (data []byte, found bool, err error) {
	name, err := r.name(id)
	if err != nil {
		return nil, false, err
	}
	st := r.store.statements.find
	err = r.store.within(ctx, func(ctx context.Context) error {
		return r.store.db.QueryRowContext(ctx, st.text, st.arrange(name, now)...).Scan(&data)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	return data, err == nil, fault(r.kind, err)
}

// put stores a row, unless there is one that expires after until, and returns how many rows
// that has affected.
func (r rows) put(ctx context.Context, id, owner string, data []byte, expires, until int64) (int64, error) {
	name, err := r.name(id)
	if err != nil {
		return 0, err
	}
	n, err := r.store.exec(ctx, r.store.statements.put, name, owner, filled(data), expires, until)
	return n, fault(r.kind, err)
}

// claim stores a row, unless there is one that expires after now, and returns what the row
// then holds. If the INSERT fails and there is a row, that is it all the same: others
// may have been faster, or the answer was lost.
func (r rows) claim(ctx context.Context, id, owner string, data []byte, now, expires int64) ([]byte, error) {
	last := fault(r.kind, errContended)
	for range attempts {
		n, err := r.put(ctx, id, owner, data, expires, now)
		if err == nil && n == 1 && r.store.counts {
			return data, nil
		}
		held, found, missed := r.find(ctx, id, now)
		if found {
			return held, nil
		}
		if last = cmp.Or(err, missed, last); missed != nil {
			break
		}
	}
	return nil, last
}

// update stores data where there is a row of the owner that expires after now, and reports
// whether there is.
func (r rows) update(ctx context.Context, id, owner string, data []byte, expires, now int64) (bool, error) {
	name, err := r.name(id)
	if err != nil {
		return false, err
	}
	n, err := r.store.exec(ctx, r.store.statements.update, name, owner, filled(data), expires, now)
	return r.isThere(ctx, id, now, n, err)
}

// touch sets when a row of the owner expires that expires after now, and reports whether there is
// one.
func (r rows) touch(ctx context.Context, id, owner string, expires, now int64) (bool, error) {
	name, err := r.name(id)
	if err != nil {
		return false, err
	}
	n, err := r.store.exec(ctx, r.store.statements.touch, name, owner, expires, now)
	return r.isThere(ctx, id, now, n, err)
}

// isThere reports whether a statement that has affected n rows has found one.
func (r rows) isThere(ctx context.Context, id string, now, n int64, err error) (bool, error) {
	if err == nil && n == 0 && !r.store.counts { // there is none, or it is what it was
		_, found, err := r.find(ctx, id, now)
		return found, err
	}
	return n > 0, fault(r.kind, err)
}

// remove deletes the row of the owner.
func (r rows) remove(ctx context.Context, id, owner string) error {
	name, err := r.name(id)
	if err == nil {
		_, err = r.store.exec(ctx, r.store.statements.remove, name, owner)
		err = fault(r.kind, err)
	}
	return err
}

// filled returns data that is not NULL.
func filled(data []byte) []byte {
	if data == nil {
		return []byte{}
	}
	return data
}
