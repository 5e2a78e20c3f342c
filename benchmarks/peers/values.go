package peers

import "fmt"

// This file holds the values that applications render and bind.

// Signup is what the bind rows decode. Each framework has its own name for the
// tags of the query and of the rules; the rules are the same.
type Signup struct {
	Name  string   `json:"name" form:"name" query:"name" binding:"required,min=2,max=64" validate:"required,min=2,max=64"`
	Email string   `json:"email" form:"email" query:"email" binding:"required,email" validate:"required,email"`
	Age   int      `json:"age" form:"age" query:"age" binding:"gte=18,lte=130" validate:"gte=18,lte=130"`
	Score float64  `json:"score" form:"score" query:"score" binding:"gte=0" validate:"gte=0"`
	News  bool     `json:"news" form:"news" query:"news"`
	Tags  []string `json:"tags" form:"tags" query:"tags" binding:"max=8" validate:"max=8"`
}

// User is the small value of the JSON rows.
type User struct {
	ID     int    `json:"id"`
	Name   string `json:"name"`
	Email  string `json:"email"`
	Active bool   `json:"active"`
}

// Gordon is a User.
var Gordon = Named("Gordon")

// Named is the User of this name.
func Named(name string) User {
	return User{ID: 7, Name: name, Email: "gordon@example.com", Active: true}
}

// Item is an element of the large values.
type Item struct {
	ID    int      `json:"id"`
	Title string   `json:"title"`
	Owner User     `json:"owner"`
	Price float64  `json:"price"`
	Tags  []string `json:"tags"`
}

// Items is the large value of the JSON rows.
type Items struct {
	Items []Item `json:"items"`
}

// Catalogue makes an Items of about this many bytes as JSON; an Item takes about 193.
func Catalogue(size int) Items {
	items := make([]Item, max(1, size/193))
	for i := range items {
		items[i] = Item{
			ID:    i,
			Title: fmt.Sprintf("Single malt, cask no. %d, sherry & oak", i),
			Owner: User{ID: i % 97, Name: "Gordon", Email: fmt.Sprintf("gordon%d@example.com", i%97), Active: i%2 == 0},
			Price: float64(i%500) + 0.25,
			Tags:  []string{"islay", "peated", "12 years"},
		}
	}
	return Items{items}
}
