variable "name" {
  description = "Name of the function."
  type        = string
}

variable "description" {
  description = "Description of the function."
  type        = string
}

variable "archive" {
  description = "File with its code, which build.py has written; empty if the code is in a bucket."
  type        = string
  default     = ""
}

variable "s3_bucket" {
  description = "Bucket of its code, if it is not a file."
  type        = string
  default     = ""
}

variable "s3_key" {
  description = "Key of its code; it contains the hash of the content."
  type        = string
  default     = ""
}

variable "policies" {
  description = "Its policies: policy.json, filled in; several if a statement is for several resources."
  type        = list(string)
}

variable "environment" {
  description = "Its variables."
  type        = map(string)
  default     = {}
}

variable "timeout" {
  description = "Timeout in seconds."
  type        = number
  default     = 60
}

variable "dead_letter_arn" {
  description = "Queue for events that it could not handle; empty if no events invoke it."
  type        = string
  default     = ""
}

variable "kms_key_arn" {
  description = "KMS key of the data that it reads and writes; empty for no key of your own."
  type        = string
  default     = ""
}

variable "log_kms_key_arn" {
  description = "KMS key for its log; empty for the account's default key."
  type        = string
  default     = ""
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary of its role; empty for none."
  type        = string
  default     = ""
}

variable "log_retention_days" {
  description = "Days to keep its log."
  type        = number
  default     = 90
}
