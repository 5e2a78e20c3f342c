package middleware

import "container/list"

// lru is a map that knows in which order its entries were last used. The stores
// in memory evict by it. It is not safe for concurrent use.
type lru[V any] struct {
	entries map[string]*list.Element
	order   list.List // of *lruEntry[V], last used in front
}

type lruEntry[V any] struct {
	key   string
	value V
}

func newLRU[V any]() *lru[V] { return &lru[V]{entries: make(map[string]*list.Element)} }

// get is the entry of a key, which counts as used; nil when there is none.
func (l *lru[V]) get(key string) *V {
	element, ok := l.entries[key]
	if !ok {
		return nil
	}
	l.order.MoveToFront(element)
	return &element.Value.(*lruEntry[V]).value
}

// add makes an entry for a key that has none.
func (l *lru[V]) add(key string, value V) *V {
	entry := &lruEntry[V]{key, value}
	l.entries[key] = l.order.PushFront(entry)
	return &entry.value
}

// oldest is the entry that was not used for the longest time.
func (l *lru[V]) oldest() *lruEntry[V] {
	if back := l.order.Back(); back != nil {
		return back.Value.(*lruEntry[V])
	}
	return nil
}

func (l *lru[V]) remove(key string) {
	if element, ok := l.entries[key]; ok {
		l.order.Remove(element)
		delete(l.entries, key)
	}
}

func (l *lru[V]) len() int { return len(l.entries) }
