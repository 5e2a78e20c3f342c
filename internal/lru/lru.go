// Package lru is a map that knows in which order its entries were last used. The
// stores in memory evict by it.
package lru

import "container/list"

// Map maps keys to values of type V. It is not safe for concurrent use. Make one with
// New.
type Map[V any] struct {
	entries map[string]*list.Element
	order   list.List // of *Entry[V], last used in front
}

// Entry is a key with its value.
type Entry[V any] struct {
	Key   string
	Value V
}

// New makes an empty Map.
func New[V any]() *Map[V] { return &Map[V]{entries: make(map[string]*list.Element)} }

// Get returns the value of a key, which counts as used; nil when there is none.
func (m *Map[V]) Get(key string) *V {
	element, ok := m.entries[key]
	if !ok {
		return nil
	}
	m.order.MoveToFront(element)
	return &element.Value.(*Entry[V]).Value
}

// Add makes an entry for a key that has none.
func (m *Map[V]) Add(key string, value V) *V {
	entry := &Entry[V]{key, value}
	m.entries[key] = m.order.PushFront(entry)
	return &entry.Value
}

// Oldest returns the entry that was not used for the longest time; nil when there is
// none.
func (m *Map[V]) Oldest() *Entry[V] {
	if back := m.order.Back(); back != nil {
		return back.Value.(*Entry[V])
	}
	return nil
}

// Remove removes a key, if it is there.
func (m *Map[V]) Remove(key string) {
	if element, ok := m.entries[key]; ok {
		m.order.Remove(element)
		delete(m.entries, key)
	}
}

// Len returns the number of entries.
func (m *Map[V]) Len() int { return len(m.entries) }
