"""The cluster's status as crm_mon and crm_simulate show it: texts, XML elements, and the words of both."""
