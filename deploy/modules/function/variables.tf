variable "name" {
  description = "Name of the function."
  type        = string
}

variable "description" {
  description = "What it does."
  type        = string
}

variable "archive" {
  description = "Its code, a file that build.py has written; empty where it lies in a bucket."
  type        = string
  default     = ""
}

variable "s3_bucket" {
  description = "Bucket of its code, where that is no file."
  type        = string
  default     = ""
}

variable "s3_key" {
  description = "Key of its code; it holds the hash of the content."
  type        = string
  default     = ""
}

variable "policies" {
  description = "What it may do: its policy.json, filled in; several where one statement is about several resources."
  type        = list(string)
}

variable "environment" {
  description = "Its variables."
  type        = map(string)
  default     = {}
}

variable "timeout" {
  description = "Seconds that it may take."
  type        = number
  default     = 60
}

variable "dead_letter_arn" {
  description = "Queue for events that it could not take; empty where it is called and not told."
  type        = string
  default     = ""
}

variable "kms_key_arn" {
  description = "KMS key of what it reads and writes; empty for none of one's own."
  type        = string
  default     = ""
}

variable "log_kms_key_arn" {
  description = "KMS key for its log; empty for the account's own."
  type        = string
  default     = ""
}

variable "permissions_boundary_arn" {
  description = "What its role may do at most; empty for no boundary."
  type        = string
  default     = ""
}

variable "log_retention_days" {
  description = "Days for which its log is kept."
  type        = number
  default     = 90
}
