package binding

// Uploaded files become the fields of a struct.
// See docs/internals/15-binding.md.

import (
	"errors"
	"mime/multipart"
	"reflect"
)

var (
	// ErrMultiFileHeader reports that a file was sent under the key of a field that
	// does not take files.
	ErrMultiFileHeader = errors.New("dram: a file can only be bound to a *multipart.FileHeader, a multipart.FileHeader, or a slice or an array of them")
	// ErrMultiFileHeaderLenInvalid reports that the number of files differs from
	// the length of the array.
	ErrMultiFileHeaderLenInvalid = errors.New("dram: the array of multipart.FileHeader must be as long as the list of files that were sent")
)

// setFiles stores the files (at least one) in v.
func setFiles(v reflect.Value, files []*multipart.FileHeader) error {
	if !isFile(v.Type()) {
		return ErrMultiFileHeader
	}
	if inner, ok := inOptional(v.Type()); ok {
		fresh := reflect.New(inner).Elem()
		err := setFiles(fresh, files)
		if err == nil {
			v.Addr().Interface().(optional).open().Set(fresh)
		}
		return err
	}
	switch v.Kind() {
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), len(files), len(files)))
	case reflect.Array:
		if v.Len() != len(files) {
			return ErrMultiFileHeaderLenInvalid
		}
	default:
		setFile(v, files[0])
		return nil
	}
	for i, file := range files {
		setFile(v.Index(i), file)
	}
	return nil
}

func setFile(v reflect.Value, file *multipart.FileHeader) {
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.ValueOf(file))
		return
	}
	v.Set(reflect.ValueOf(*file))
}
