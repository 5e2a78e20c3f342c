// Package fleet takes the file of a gateway from etcd, where all gateways of a fleet find the
// same one: whoever changes it there changes it for all. etcd is asked, and watched; there is
// no consensus here.
package fleet

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
)

// Source is a key of etcd.
type Source struct {
	client *clientv3.Client
	key    string
	log    *slog.Logger
}

// IsSource reports whether a name is one of etcd: etcd://HOST:PORT,HOST:PORT/KEY.
func IsSource(name string) bool { return strings.HasPrefix(name, "etcd://") }

// Open makes a Source of a name. It does not connect yet.
func Open(name string, log *slog.Logger) (*Source, error) {
	hosts, key, _ := strings.Cut(strings.TrimPrefix(name, "etcd://"), "/")
	if hosts == "" || key == "" {
		return nil, errors.New("the name is not that of a key of etcd: write etcd://HOST:PORT/KEY")
	}
	client, err := clientv3.New(clientv3.Config{Endpoints: strings.Split(hosts, ","), DialTimeout: 5 * time.Second})
	if err != nil {
		return nil, err
	}
	return &Source{client, key, log}, nil
}

// Close ends the connections.
func (s *Source) Close() error { return s.client.Close() }

// Get returns the text, and the revision from which on Watch has to look.
func (s *Source) Get(ctx context.Context) (text []byte, revision int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	resp, err := s.client.Get(ctx, s.key)
	switch {
	case err != nil:
		return nil, 0, fmt.Errorf("etcd does not answer: %w", err)
	case len(resp.Kvs) == 0:
		return nil, 0, fmt.Errorf("etcd has no key %s: put the file there, with etcdctl put %s <gateway.yaml", s.key, s.key)
	}
	return resp.Kvs[0].Value, resp.Header.Revision + 1, nil
}

// lookAnew is how often the key is read though nothing is told of it: an etcd that was made anew, or restored,
// counts its revisions from an earlier one, and says nothing to those that wait for a later one.
var lookAnew = time.Minute

// Watch calls use with each text that is put there after the one that Get has returned, until ctx ends. A text
// that is at fault is logged, and so is a key that is deleted; the gateway goes on with what it has. So
// it does while etcd is gone, and asks again when it is back.
func (s *Source) Watch(ctx context.Context, text []byte, revision int64, use func([]byte) error) {
	for ctx.Err() == nil {
		during, cancel := context.WithTimeout(ctx, lookAnew)
		for resp := range s.client.Watch(clientv3.WithRequireLeader(during), s.key, clientv3.WithRev(revision)) {
			if err := resp.Err(); err != nil {
				if during.Err() == nil {
					s.log.Warn("etcd does not tell of changes: the file stays", "error", err)
				}
				break
			}
			for _, event := range resp.Events {
				revision = event.Kv.ModRevision + 1
				if event.Type == clientv3.EventTypeDelete {
					s.log.Warn("the key is gone from etcd: the file stays", "key", s.key)
					continue
				}
				text = event.Kv.Value
				s.try(text, use)
			}
		}
		cancel()
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Second):
		}
		// The revision may be gone from etcd by now: what is there counts.
		if now, next, err := s.Get(ctx); err == nil {
			revision = next
			if !bytes.Equal(now, text) {
				text = now
				s.try(text, use)
			}
		}
	}
}

func (s *Source) try(text []byte, use func([]byte) error) {
	if err := use(text); err != nil {
		s.log.Error("the file of etcd is not used: the one before stays", "error", err)
		return
	}
	s.log.Info("the file of etcd is used anew", "key", s.key)
}
