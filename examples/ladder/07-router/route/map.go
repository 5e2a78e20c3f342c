package route

import "fmt"

// Map is the first thing that one thinks of: one look, however many routes there are. But a
// key is a whole path, and the paths below /hello/ are not to be counted. So programs kept a
// list of regular expressions beside the map, and asked one after the other.
type Map[T any] struct{ values map[string]T }

// Add refuses params.
func (m *Map[T]) Add(pattern string, value T) error {
	_, names, err := parse(pattern)
	if err != nil {
		return err
	}
	if len(names) > 0 {
		return fmt.Errorf("route: a map has no place for %q: its keys are whole paths", pattern)
	}
	if _, ok := m.values[pattern]; ok {
		return errDuplicate(pattern, pattern)
	}
	if m.values == nil {
		m.values = map[string]T{}
	}
	m.values[pattern] = value
	return nil
}

// Find looks once.
func (m *Map[T]) Find(path string) (value T, params Params, ok bool) {
	value, ok = m.values[path]
	return value, nil, ok
}
