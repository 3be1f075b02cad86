package admin

// profile is the service of profiles.
const profile = "profile/"

// profileScripts are scripts about what users say of themselves; see scripts.
var profileScripts = []script{
	{"profiles", []string{
		account + `multiaccount_import {"AccountList":[{"UserID":"u1","Nick":"One","FaceUrl":"http://x/1"},{"UserID":"u2"}]}`,
		profile + `portrait_set {"From_Account":"u1","ProfileItem":[{"Tag":"Tag_Profile_IM_Nick","Value":"Uno"},{"Tag":"Tag_Profile_IM_Gender","Value":"Gender_Type_Female"},{"Tag":"Tag_Profile_IM_BirthDay","Value":20190419},{"Tag":"Tag_Profile_IM_AdminForbidType","Value":"AdminForbid_Type_SendOut"},{"Tag":"Tag_Profile_Custom_hobby","Value":"tea"}]}`,
		profile + `portrait_get {"To_Account":["u1","u2","nobody"],"TagList":["Tag_Profile_IM_Nick","Tag_Profile_IM_Image","Tag_Profile_IM_Gender","Tag_Profile_IM_BirthDay","Tag_Profile_IM_AllowType","Tag_Profile_IM_AdminForbidType","Tag_Profile_Custom_hobby"]}`,
		account + `account_import {"UserID":"u1","Nick":"Eins"}`,
		profile + `portrait_get {"To_Account":["u1"],"TagList":["Tag_Profile_IM_Nick","Tag_Profile_IM_Image"]}`,
		profile + `portrait_get {"To_Account":[],"TagList":["Tag_Profile_IM_Nick"]}`,
		profile + `portrait_get {"TagList":["Tag_Profile_IM_Nick"]}`,
		profile + `portrait_get {"To_Account":["u1"]}`,
		profile + `portrait_get {"To_Account":["u1"],"TagList":["Tag_Profile_IM_Shoes"]}`,
		profile + `portrait_set {"ProfileItem":[{"Tag":"Tag_Profile_IM_Nick","Value":"Uno"}]}`,
		profile + `portrait_set {"From_Account":"nobody","ProfileItem":[{"Tag":"Tag_Profile_IM_Nick","Value":"Uno"}]}`,
		profile + `portrait_set {"From_Account":"u1","ProfileItem":[{"Tag":"Tag_Profile_IM_Level","Value":7},{"Tag":"Tag_Profile_IM_Role","Value":-1}]}`,
		profile + `portrait_set {"From_Account":"u1","ProfileItem":[{"Tag":"Tag_Profile_IM_Level","Value":7},{"Tag":"Tag_Profile_IM_Role","Value":"7"}]}`,
		profile + `portrait_set {"From_Account":"u1","ProfileItem":[{"Tag":"Tag_Profile_IM_Level","Value":7},{"Tag":"Tag_Profile_IM_Gender","Value":"male"}]}`,
		profile + `portrait_set {"From_Account":"u1","ProfileItem":[{"Tag":"Tag_Profile_IM_Level"}]}`,
		profile + `portrait_get {"To_Account":["u1"],"TagList":["Tag_Profile_IM_Level"]}`,
	}},
}

func init() { scripts = append(scripts, profileScripts...) }
