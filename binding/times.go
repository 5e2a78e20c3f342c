package binding

// Text becomes a time.Time, as the tags time_format, time_utc and time_location say.
// See docs/internals/15-binding.md.

import (
	"reflect"
	"strconv"
	"time"
)

// convert stores a time. text is trimmed and not empty.
func (o timeOptions) convert(v reflect.Value, text string) error {
	if len(text) > maxNumber {
		return errTooLong
	}
	t, err := o.parse(text)
	if err != nil {
		return err
	}
	var room [64]byte
	if _, err := t.AppendText(room[:0]); err != nil { // a year or a zone that JSON and databases could not hold
		return err
	}
	v.Set(reflect.ValueOf(t))
	return nil
}

func (o timeOptions) parse(text string) (time.Time, error) {
	if o.unit == 0 {
		return time.ParseInLocation(o.layout, text, o.location)
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}, err
	}
	perSecond := int64(time.Second / o.unit)
	return time.Unix(n/perSecond, n%perSecond*int64(o.unit)).In(o.location), nil
}
