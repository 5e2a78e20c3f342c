package config

import (
	"crypto/x509"
	"errors"
	"os"
)

// This file reads the files that a file names.

// unreadable is what is said of a file, and why.
const unreadable = "%s is not a file that can be read (%v): put it there, or write where it is"

// mostOfAFile is more than one that is meant has, in bytes.
const mostOfAFile = 64 << 20

// Read reads a file that a field of this one names. The error is a Fault.
func (f *File) Read(at At, field, name string) ([]byte, error) {
	text, err := read(f.Name(name))
	if err != nil {
		return nil, at.Fault(field, unreadable, shown(name), err)
	}
	return text, nil
}

// Certificates are those of a file that a field of this one names, as PEM. The error is a Fault.
func (f *File) Certificates(at At, field, name string) (*x509.CertPool, error) {
	text, err := f.Read(at, field, name)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, at.Fault(field, "%s has no certificate: put those of the CA there, as PEM", name)
	}
	return pool, nil
}

// read reads a file that has an end.
func read(name string) ([]byte, error) {
	err := readable(name)
	var text []byte
	if err == nil {
		text, err = os.ReadFile(name)
	}
	return text, bare(err)
}

// bare is an error without the name of the file, which is told already.
func bare(err error) error {
	if inner := new(os.PathError); errors.As(err, &inner) {
		return inner.Err
	}
	return err
}

// readable says why a file is not read: a pipe would be waited for, and a device be read for ever.
func readable(name string) error {
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return err
	case info.IsDir():
		return errors.New("it is a directory")
	case !info.Mode().IsRegular():
		return errors.New("it is a pipe or a device")
	case info.Size() > mostOfAFile:
		return errors.New("it has more than 64 MiB")
	}
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	return file.Close()
}
