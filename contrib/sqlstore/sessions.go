package sqlstore

import (
	"context"
	"time"
)

// Sessions is a store for contrib/session: a scs.CtxStore, a session.Updater and a
// session.Toucher. Get one from Store.Sessions. It is safe for concurrent use.
//
// A request with a session cookie takes one statement, and one more if it changes the
// session; a request without a cookie that changes nothing takes none. The names of rows
// contain the digest of an id, never the id itself.
type Sessions struct{ rows }

// FindCtx returns the data of an id, and whether there is any.
func (s Sessions) FindCtx(ctx context.Context, id string) ([]byte, bool, error) {
	return s.find(ctx, id, time.Now().UnixMicro())
}

// CommitCtx stores the data of an id.
func (s Sessions) CommitCtx(ctx context.Context, id string, data []byte, expires time.Time) error {
	_, err := s.put(ctx, id, "", data, expires.UnixMicro(), never)
	return err
}

// Update stores the data of an id if the table holds it, and reports whether it does; see
// session.Updater.
func (s Sessions) Update(ctx context.Context, id string, data []byte, expires time.Time) (bool, error) {
	return s.update(ctx, id, "", data, expires.UnixMicro(), time.Now().UnixMicro())
}

// Touch sets when the data of an id expire if the table holds them, and reports whether it does;
// see session.Toucher.
func (s Sessions) Touch(ctx context.Context, id string, expires time.Time) (bool, error) {
	return s.touch(ctx, id, "", expires.UnixMicro(), time.Now().UnixMicro())
}

// DeleteCtx deletes the data of an id.
func (s Sessions) DeleteCtx(ctx context.Context, id string) error { return s.remove(ctx, id, "") }

// Find is FindCtx without a context.
func (s Sessions) Find(id string) ([]byte, bool, error) { return s.FindCtx(context.Background(), id) }

// Commit is CommitCtx without a context.
func (s Sessions) Commit(id string, data []byte, expires time.Time) error {
	return s.CommitCtx(context.Background(), id, data, expires)
}

// Delete is DeleteCtx without a context.
func (s Sessions) Delete(id string) error { return s.DeleteCtx(context.Background(), id) }
