package openapitest

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"mime/multipart"
	"net/netip"
	"regexp"
	"time"

	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/typed"
)

// This file has the types of the shop: what Go has, and JSON.

// Kind is an enum.
type Kind string

func (Kind) EnumValues() []Kind { return []Kind{"tea", "cup"} }

// Money is a decimal number, which JSON has as a string: no float64 holds 0.10.
type Money string

func (Money) JSONSchema() *typed.Schema {
	return &typed.Schema{Type: []string{"string"}, Pattern: amount.String(), Title: "an amount in euros"}
}

func (m *Money) UnmarshalText(text []byte) error {
	if !amount.Match(text) {
		return errors.New("an amount is as 4.20")
	}
	*m = Money(text)
	return nil
}

var amount = regexp.MustCompile(`^[0-9]{1,9}\.[0-9]{2}$`)

// Code writes itself as a text.
type Code [4]byte

func (c Code) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, c[:]), nil }

func (c *Code) UnmarshalText(text []byte) error {
	_, err := hex.Decode(c[:], text)
	return err
}

// Stamp is embedded.
type Stamp struct {
	Created time.Time  `json:"created" doc:"when it was added"`
	Removed *time.Time `json:"removed"`
}

// Draft is what a client sends of an Item.
type Draft struct {
	Name   string            `json:"name" binding:"required,min=2,max=40" doc:"as on the label" example:"Assam"`
	Kind   Kind              `json:"kind" binding:"required"`
	Price  Money             `json:"price" binding:"required" example:"4.20"`
	Weight float64           `json:"weight,omitempty" binding:"omitempty,gt=0,lte=50"`
	Tags   []string          `json:"tags,omitempty" binding:"max=4,unique,dive,min=2,max=12"`
	Notes  map[string]string `json:"notes,omitempty" binding:"max=3,dive,keys,alpha,endkeys,max=80"`
}

// Item is what the shop has.
type Item struct {
	Stamp
	Draft
	ID     string          `json:"id" format:"uuid"`
	Code   Code            `json:"code"`
	Seal   []byte          `json:"seal,omitempty"`
	Origin *netip.Addr     `json:"origin,omitempty"`
	Extra  json.RawMessage `json:"extra,omitempty"`
	Stock  map[Kind]int    `json:"stock,omitempty"`
	Old    string          `json:"old,omitempty" deprecated:"true"`
}

// Shelf refers to itself, and to the list of shelves below it.
type Shelf struct {
	Name  string            `json:"name" binding:"required"`
	Below []Shelf           `json:"below,omitempty"`
	Next  *Shelf            `json:"next,omitempty"`
	Named map[string]*Shelf `json:"named,omitempty"`
}

// Page is generic.
type Page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty"`
}

type listing struct {
	Kinds []Kind            `query:"kind" binding:"max=2" collection_format:"csv"`
	Words []string          `query:"word" binding:"max=3" doc:"words of the name"`
	Limit int               `query:"limit,default=20" binding:"min=1,max=100"`
	Since time.Time         `query:"since" time_format:"2006-01-02"`
	Cheap *bool             `query:"cheap"`
	Match string            `header:"If-None-Match"`
	Theme string            `cookie:"theme" binding:"omitempty,oneof=light dark"`
	Price map[string]string `query:"price"`
}

type byID struct {
	ID string `uri:"id" binding:"required,uuid"`
}

type change struct {
	byID
	IfMatch string                    `header:"If-Match"`
	Name    binding.Optional[string]  `json:"name" binding:"omitnil,min=2,max=40"`
	Weight  binding.Optional[float64] `json:"weight" binding:"omitnil,gt=0"`
}

type photos struct {
	byID
	Files []*multipart.FileHeader `form:"file" binding:"required,max=3"`
	Alt   string                  `form:"alt" binding:"required,max=80"`
}

type login struct {
	Name     string `form:"name" binding:"required"`
	Password string `form:"password" binding:"required,min=8"`
	Stay     bool   `form:"stay"`
}

type search struct {
	Words []string `json:"words" binding:"required,min=1,max=5"`
	Kind  *Kind    `json:"kind"`
}
