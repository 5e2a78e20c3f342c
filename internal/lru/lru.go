// Package lru is what the stores in memory keep their values in: a map of bounded size
// that forgets what has ended, and then what was not used for the longest time. It has no
// goroutine: what has ended is dropped when it is met. See docs/middleware.md.
package lru

import (
	"container/list"
	"sync"
)

// Map maps keys to values of type V. Its lock is for its user to take: what is found and
// what is then done with it are often one step.
type Map[V any] struct {
	sync.Mutex
	// Max is how many values there may be.
	Max int
	// Ended reports whether a value is no longer wanted.
	Ended func(*V) bool
	// Pinned reports whether a value that has not ended must stay; nil: none must.
	Pinned func(*V) bool
	// Size is how many bytes of MaxBytes a value takes, as long as it is there; nil:
	// they are not counted.
	Size     func(*V) int
	MaxBytes int

	entries map[string]*list.Element
	order   list.List // of *entry[V], last used in front
	bytes   int
}

type entry[V any] struct {
	key   string
	value V
}

// Get returns the value of a key, which counts as used, even if it has ended; nil when
// there is none.
func (m *Map[V]) Get(key string) *V {
	element, ok := m.entries[key]
	if !ok {
		return nil
	}
	m.order.MoveToFront(element)
	return &element.Value.(*entry[V]).value
}

// Live is Get of a value that has not ended.
func (m *Map[V]) Live(key string) *V {
	value := m.Get(key)
	if value != nil && m.Ended(value) {
		m.Remove(key)
		return nil
	}
	return value
}

// Put stores a value, in place of the one that the key had if any, and returns where it
// is now: nil if there is no room, since all others must stay.
func (m *Map[V]) Put(key string, value V) *V {
	held := m.Get(key)
	if held == nil {
		if held = m.add(key); held == nil {
			return nil
		}
	}
	m.bytes -= m.size(held)
	*held = value
	m.bytes += m.size(held)
	for m.bytes > m.MaxBytes && m.evict(key) {
	}
	return held
}

// add makes an entry without a value. Two that have ended go for each new one: so the map
// shrinks after many came at once.
func (m *Map[V]) add(key string) *V {
	for range 2 {
		oldest := m.oldest()
		if oldest == nil || !m.Ended(&oldest.value) {
			break
		}
		m.Remove(oldest.key)
	}
	if len(m.entries) >= m.Max && !m.evict(key) {
		return nil
	}
	if m.entries == nil {
		m.entries = make(map[string]*list.Element)
	}
	added := &entry[V]{key: key}
	m.bytes += m.size(&added.value)
	m.entries[key] = m.order.PushFront(added)
	return &added.value
}

// Remove removes a key, if it is there.
func (m *Map[V]) Remove(key string) {
	if element, ok := m.entries[key]; ok {
		m.bytes -= m.size(&element.Value.(*entry[V]).value)
		m.order.Remove(element)
		delete(m.entries, key)
	}
}

// Len returns the number of values, those that have ended and were not met among them.
func (m *Map[V]) Len() int { return len(m.entries) }

// oldest returns the entry that was not used for the longest time; nil when there is none.
func (m *Map[V]) oldest() *entry[V] {
	if back := m.order.Back(); back != nil {
		return back.Value.(*entry[V])
	}
	return nil
}

// evict removes the oldest value that need not stay, but not that of the key keep. Those
// that it passes over go to the front: each is looked at once.
func (m *Map[V]) evict(keep string) bool {
	for range len(m.entries) {
		oldest := m.oldest()
		if oldest.key != keep && (m.Pinned == nil || !m.Pinned(&oldest.value) || m.Ended(&oldest.value)) {
			m.Remove(oldest.key)
			return true
		}
		m.Get(oldest.key)
	}
	return false
}

func (m *Map[V]) size(value *V) int {
	if m.Size == nil {
		return 0
	}
	return m.Size(value)
}
