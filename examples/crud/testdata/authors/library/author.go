package library

// Author is somebody who has written books.
type Author struct {
	ID int64 `json:"id"`
	AuthorFields
}

// AuthorFields are the parts of an author that people write.
type AuthorFields struct {
	Name string `json:"name" form:"name" binding:"required,max=200" example:"Jane Austen"`
	Born int    `json:"born,omitzero" form:"born" binding:"omitempty,min=1,max=2100" doc:"absent if it is not known" example:"1775"`
}

// Clean brings the fields into their normal form, and returns what is wrong with them then.
func (f *AuthorFields) Clean() error {
	f.Name = line(f.Name)
	return check(f)
}

// Position returns where the author stands in a list, by name.
func (a Author) Position() Position { return Position{Key: a.Name, ID: a.ID} }

// ErrAuthorExists is the fault of a second author of one name.
var ErrAuthorExists = conflict("There is an author of this name.", "name", "unique", "is another author's")
